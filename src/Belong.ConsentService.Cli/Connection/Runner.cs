using System.CommandLine;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Connection;

/// <summary>Runs the action of a command; every failure becomes one sentence and an exit code.</summary>
internal sealed class Runner(CliHost host, GlobalOptions options)
{
    public GlobalOptions Options => options;

    public Command Bind(Command command, Func<Invocation, Task<int>> action)
    {
        command.SetAction((parse, cancellation) => RunAsync(parse, action, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, Func<Invocation, Task<int>> action, CancellationToken cancellation)
    {
        var address = parse.GetValue(options.Address) ?? host.Environment("CONSENT_ADDRESS") ?? GlobalOptions.DefaultAddress;
        try
        {
            using var invocation = new Invocation(host, options, parse, ParseAddress(address), cancellation);
            return await action(invocation);
        }
        catch (Exception error)
        {
            var failure = cancellation.IsCancellationRequested ? Failure.OfInterruption(error) : Failure.Of(error, address);
            failure.Print(host, parse.GetValue(options.Json));
            return failure.ExitCode;
        }
    }

    private static Uri ParseAddress(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            ? uri
            : throw new UsageException($"--address is '{address}': must be a URL such as {GlobalOptions.DefaultAddress}.");
}
