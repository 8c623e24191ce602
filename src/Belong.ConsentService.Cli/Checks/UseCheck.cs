using System.CommandLine;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Checks;

/// <summary><c>consentctl check use</c>.</summary>
internal static class UseCheck
{
    public static Command Build(Runner runner)
    {
        var subject = new SubjectOptions(purposesRequired: true);
        var judging = new JudgingOptions();
        var command = new GuidedCommand("use", "May Belong itself use the member's data for these purposes (§3)?", $"""
            Example:
              consentctl check use --member M0000002 --purpose 3 --channel postal

            {CheckCommand.ExitCodes}
            """);
        subject.AddTo(command);
        judging.AddTo(command);
        return runner.Bind(command, async invocation =>
        {
            var request = subject.ReadUse(invocation.Parse);
            request.Options = judging.Read(invocation.Parse);
            var response = await invocation.Check.CheckUseAsync(request, invocation.CallOptions());
            return CheckCommand.Answer(invocation, response, response.Decision);
        });
    }
}
