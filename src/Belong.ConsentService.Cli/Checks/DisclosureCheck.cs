using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Checks;

/// <summary><c>consentctl check disclosure</c>.</summary>
internal sealed class DisclosureCheck
{
    private readonly SubjectOptions _subject = new(purposesRequired: false);
    private readonly JudgingOptions _judging = new();
    private readonly ExceptionOptions _exception = new();

    private readonly RecipientOptions _recipient = new(required: true, "The vendor; with an exception any name of the recipient.");

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
        _subject.AddTo(command);
        _recipient.AddTo(command);
        _judging.AddTo(command);
        _exception.AddTo(command);
    }

    private CheckDisclosureRequest Read(ParseResult parse)
    {
        var request = _subject.ReadDisclosure(parse);
        _recipient.Fill(request, parse);
        request.ExceptionClaim = _exception.Read(parse);
        request.Options = _judging.Read(parse);
        if (request.ExceptionClaim is not null && !request.HasCapacity)
        {
            request.Capacity = Capacity.ThirdParty;
        }

        return request;
    }
}
