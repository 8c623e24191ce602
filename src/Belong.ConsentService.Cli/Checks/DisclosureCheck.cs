using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Checks;

/// <summary><c>consentctl check disclosure</c>.</summary>
internal sealed class DisclosureCheck
{
    private readonly SubjectOptions _subject = new(purposesRequired: false);
    private readonly JudgingOptions _judging = new();
    private readonly ExceptionOptions _exception = new();

    private readonly Option<string> _recipient = Opt.Text(
        "--recipient", "ID", "The vendor; with an exception any name of the recipient.", required: true);

    private readonly Option<Capacity?> _capacity = Opt.Name<Capacity>(
        "--capacity", "In which capacity; may be left out when the vendor is registered in exactly one.");

    private readonly Option<string> _recipientPurpose = Opt.Text(
        "--recipient-purpose", "CODE", "The third party's own purpose, such as SERVICE_LINK or MARKETING.");

    private readonly Option<List<DataItem>> _items = Opt.ManyNames<DataItem>(
        "--item", "Data item; for a contractor none means: which items may go?");

    public static Command Build(Runner runner)
    {
        var check = new DisclosureCheck();
        var command = new GuidedCommand("disclosure", "May these items of the member go to a contractor (§6) or a third party (§4)?", $"""
            Examples:
              consentctl check disclosure --member M0000001 --recipient V-CARRIER --purpose 1 --item name --item birth-date
              consentctl check disclosure --member M0000005 --recipient V-PARTNER --recipient-purpose SERVICE_LINK --item name
              consentctl check disclosure --member M0000001 --recipient "Tokyo District Court" --item name
                  --exception-item 4 --warrant W-1 --issuing-court "Tokyo District Court" --issued-at 2026-02-01
                  --scope "name only" --approver A-1

            {CheckCommand.ExitCodes}
            """);
        check.AddTo(command);
        return runner.Bind(command, async invocation =>
        {
            var response = await invocation.Check.CheckDisclosureAsync(check.Read(invocation.Parse), invocation.CallOptions());
            return CheckCommand.Answer(invocation, response, response.Decision);
        });
    }

    private void AddTo(Command command)
    {
        command.Add(_recipient);
        command.Add(_capacity);
        command.Add(_recipientPurpose);
        command.Add(_items);
        _subject.AddTo(command);
        _judging.AddTo(command);
        _exception.AddTo(command);
    }

    private CheckDisclosureRequest Read(ParseResult parse)
    {
        var request = new CheckDisclosureRequest
        {
            MemberId = parse.TextOf(_subject.Member),
            Purposes = { parse.ListOf(_subject.Purposes) },
            PromotionalContent = parse.GetValue(_subject.Promotional),
            ObligationRef = parse.TextOf(_subject.ObligationRef),
            InquiryRef = parse.TextOf(_subject.InquiryRef),
            DeterminationRef = parse.TextOf(_subject.DeterminationRef),
            Items = { parse.ListOf(_items) },
            RecipientId = parse.TextOf(_recipient),
            RecipientPurpose = parse.TextOf(_recipientPurpose),
            ExceptionClaim = _exception.Read(parse),
            Options = _judging.Read(parse),
        };
        if (parse.GetValue(_subject.Channel) is { } channel)
        {
            request.Channel = channel;
        }

        if (parse.GetValue(_capacity) is { } capacity)
        {
            request.Capacity = capacity;
        }
        else if (request.ExceptionClaim is not null)
        {
            request.Capacity = Capacity.ThirdParty;
        }

        return request;
    }
}
