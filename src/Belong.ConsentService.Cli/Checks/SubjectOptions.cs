using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Google.Protobuf;

namespace Belong.ConsentService.Cli.Checks;

/// <summary>For whom and for what: the options that a use and a disclosure share.</summary>
internal sealed class SubjectOptions
{
    private readonly bool _ofOneMember;

    /// <param name="purposesRequired">Whether a purpose must be named.</param>
    /// <param name="ofOneMember">False for a list of members.</param>
    public SubjectOptions(bool purposesRequired, bool ofOneMember = true)
    {
        Purposes = Opt.Purposes("Purpose of use by its number in §3.", purposesRequired);
        _ofOneMember = ofOneMember;
    }

    public Option<string> Member { get; } = Opt.Text("--member", "ID", "The member.", required: true);

    public Option<List<Purpose>> Purposes { get; }

    public Option<Channel?> Channel { get; } =
        Opt.Name<Channel>("--channel", "How a message reaches the member; required for purposes 3, 4 and 5.");

    public Option<bool> Promotional { get; } = Opt.Flag("--promotional", "The message also promotes something: implies purpose 3 unless 3 or 4 is named.");

    public Option<string> ObligationRef { get; } = Opt.Text("--obligation-ref", "REF", "An open obligation toward the member that this serves.");

    public Option<string> InquiryRef { get; } = Opt.Text("--inquiry-ref", "REF", "The inquiry that purpose 7 answers.");

    public Option<string> DeterminationRef { get; } = Opt.Text("--determination-ref", "REF", "The company's determination that purpose 8 rests on.");

    public void AddTo(Command command)
    {
        if (_ofOneMember)
        {
            command.Add(Member);
        }

        foreach (var option in new Option[] { Purposes, Channel, Promotional, ObligationRef, InquiryRef, DeterminationRef })
        {
            command.Add(option);
        }
    }

    public CheckUseRequest ReadUse(ParseResult parse)
    {
        var request = new CheckUseRequest
        {
            MemberId = parse.TextOf(Member),
            Purposes = { parse.ListOf(Purposes) },
            PromotionalContent = parse.GetValue(Promotional),
            ObligationRef = parse.TextOf(ObligationRef),
            InquiryRef = parse.TextOf(InquiryRef),
            DeterminationRef = parse.TextOf(DeterminationRef),
        };
        if (parse.GetValue(Channel) is { } channel)
        {
            request.Channel = channel;
        }

        return request;
    }

    /// <summary>In the contract a disclosure has the fields of a use, under the same numbers.</summary>
    public CheckDisclosureRequest ReadDisclosure(ParseResult parse) => CheckDisclosureRequest.Parser.ParseFrom(ReadUse(parse).ToByteArray());
}
