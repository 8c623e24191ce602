using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Reading;

/// <summary><c>consentctl register</c>: vendors, policy versions and determinations.</summary>
internal static class RegisterCommand
{
    public static Command Build(Runner runner) => new("register", "Reads the register of vendors, policy versions and determinations.")
    {
        runner.Bind(new Command("show", "The whole register."), async invocation =>
        {
            var response = await invocation.Registry.GetRegisterAsync(new GetRegisterRequest(), invocation.CallOptions());
            if (invocation.IsJson)
            {
                invocation.PrintJson(response);
            }
            else
            {
                ProtoText.Write(invocation.Output, response);
            }

            return ExitCode.Done;
        }),
    };
}
