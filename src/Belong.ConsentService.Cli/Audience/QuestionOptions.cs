using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Checks;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>What is asked of each member of a list; a screening and the watch that follows it have the same options.</summary>
internal sealed class QuestionOptions
{
    private readonly SubjectOptions _subject = new(purposesRequired: false, ofOneMember: false);

    private readonly RecipientOptions _recipient = new(
        required: false, "The vendor. With one it is asked whether all the items may go to it, without whether Belong itself may use the data.");

    private readonly Option<string> _minFactsVersion = Opt.Text(
        "--min-facts-version", "TOKEN", "The token that a write returned: the answers include that write.");

    private readonly Option<string> _reasons = Opt.Text(
        "--reasons", "primary|all", "How many reasons are told of who is refused: primary when left out.");

    public void AddTo(Command command)
    {
        _reasons.AcceptOnlyFromAmong("primary", "all");
        _subject.AddTo(command);
        _recipient.AddTo(command);
        command.Add(_minFactsVersion);
        command.Add(_reasons);
    }

    public AudienceHeader Read(ParseResult parse)
    {
        var header = new AudienceHeader
        {
            Reasons = parse.GetValue(_reasons) == "all" ? ReasonDetail.All : ReasonDetail.Primary,
        };
        var options = parse.TextOf(_minFactsVersion) is { Length: > 0 } token ? new CheckOptions { MinFactsVersion = token } : null;
        if (_recipient.IsGiven(parse))
        {
            header.Disclosure = _subject.ReadDisclosure(parse);
            _recipient.Fill(header.Disclosure, parse);
            header.Disclosure.Options = options;
            return header;
        }

        header.Use = _subject.ReadUse(parse);
        header.Use.Options = options;
        return header.Use.Purposes.Count > 0 ? header : throw new UsageException("Give --purpose, or --recipient for a disclosure.");
    }
}
