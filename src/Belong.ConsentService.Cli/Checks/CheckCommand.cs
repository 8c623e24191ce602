using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;
using Google.Protobuf;

namespace Belong.ConsentService.Cli.Checks;

/// <summary><c>consentctl check</c>: may it be done?</summary>
internal static class CheckCommand
{
    public const string ExitCodes = """
        Exit codes: 0 ALLOW, 3 ALLOW_PARTIAL (only the permitted items may go), 4 DENY, 2 bad use or refused,
        1 the service cannot be reached. Only 0 lets everything go.
        """;

    public static Command Build(Runner runner) => new GuidedCommand("check", "Asks whether data may be used or handed over.", ExitCodes)
    {
        UseCheck.Build(runner),
        DisclosureCheck.Build(runner),
        AnonymizedCheck.Build(runner),
        BatchCheckCommand.Build(runner),
    };

    /// <summary>Prints the answer and turns its outcome into the exit code.</summary>
    public static int Answer(Invocation invocation, IMessage response, Decision? decision)
    {
        if (decision is null || !Enum.IsDefined(decision.Outcome) || decision.Outcome == Outcome.Unspecified)
        {
            throw new InvalidDataException("the answer has no outcome that is known here: read it as DENY.");
        }

        if (invocation.IsJson)
        {
            invocation.PrintJson(response);
        }
        else
        {
            DecisionText.Write(invocation.Output, decision, invocation.Language);
        }

        return decision.Outcome switch
        {
            Outcome.Allow => ExitCode.Done,
            Outcome.AllowPartial => ExitCode.AllowPartial,
            _ => ExitCode.Deny,
        };
    }
}
