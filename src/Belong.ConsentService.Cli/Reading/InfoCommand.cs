using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Reading;

/// <summary><c>consentctl info</c>: the limits and versions of an instance.</summary>
internal static class InfoCommand
{
    public static Command Build(Runner runner) => runner.Bind(
        new Command("info", "The limits of the service, and the versions that it answers by."),
        async invocation =>
        {
            var response = await invocation.Check.GetServerInfoAsync(new GetServerInfoRequest(), invocation.CallOptions());
            if (invocation.IsJson)
            {
                invocation.PrintJson(response);
            }
            else
            {
                ProtoText.Write(invocation.Output, response);
            }

            return ExitCode.Done;
        });
}
