using System.Text;

namespace Belong.ConsentService.Cli.Tests;

/// <summary>One run of consentctl and what it left behind.</summary>
internal sealed record Tool(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a command line; arguments are split at blanks, a quoted one is not.</summary>
    public static async Task<Tool> RunAsync(
        string commandLine,
        string? address = null,
        string input = "",
        Dictionary<string, string>? environment = null,
        Func<CliHost, CliHost>? adapt = null,
        CancellationToken cancellation = default)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var variables = new Dictionary<string, string>(environment ?? []);
        if (address is not null)
        {
            variables["CONSENT_ADDRESS"] = address;
        }

        var host = new CliHost(
            output, error, () => new MemoryStream(Encoding.UTF8.GetBytes(input)), variables.GetValueOrDefault, ShowsProgress: false);
        var code = await ConsentCtl.RunAsync(
            [.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(commandLine)], adapt?.Invoke(host) ?? host, cancellation);
        return new(code, output.ToString(), error.ToString());
    }
}
