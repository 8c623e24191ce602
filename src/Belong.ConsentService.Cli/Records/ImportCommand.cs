using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;
using Grpc.Core;

namespace Belong.ConsentService.Cli.Records;

/// <summary><c>consentctl import</c>: many new members from a file.</summary>
internal sealed class ImportCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "One member per line in proto JSON; - for standard input." };

    private readonly Option<bool> _skipInvalid = Opt.Flag(
        "--skip-invalid", "Leave out the members that are broken or refused and import the others. Otherwise one of them undoes all.");

    private readonly WriteOptions _writing = new();

    public static Command Build(Runner runner)
    {
        var import = new ImportCommand();
        var command = new GuidedCommand("import", "Registers many new members: all of them or, when one is broken or refused, none.", """
            Each line is one member:
              {"memberId": "M1", "changes": [{"registration": {"acquiredPolicyVersion": "v1"}},
               {"dmOptOut": {"allChannels": true, "start": {"at": "2026-02-01T00:00:00Z"}}}]}

            Example:
              consentctl import members.ndjson --actor migration --reason "from the old system" --key-id migration-1
            """)
        {
            import._file, import._skipInvalid,
        };
        import._writing.AddTo(command);
        return runner.Bind(command, import.RunAsync);
    }

    private async Task<int> RunAsync(Invocation invocation)
    {
        var context = _writing.Read(invocation);
        var skipInvalid = invocation.Parse.GetValue(_skipInvalid);
        var path = invocation.Parse.GetValue(_file)!;
        await using var stream = path == "-" ? invocation.Host.OpenInput() : File.OpenRead(path);
        var lines = new MemberLines(stream, path, skipInvalid);
        var response = await WriteOptions.SendAsync(context, () => SendAsync(invocation, lines, new ImportHeader
        {
            Context = context,
            SkipInvalid = skipInvalid,
        }));
        Print(invocation, context, lines, response);
        return ExitCode.Done;
    }

    private static async Task<ImportMembersResponse> SendAsync(Invocation invocation, MemberLines lines, ImportHeader header)
    {
        using var call = invocation.Registry.ImportMembers(invocation.CallOptions(defaultTimeoutSeconds: null));
        var progress = new Progress(invocation.Host);
        var open = await TryWriteAsync(call.RequestStream, new ImportMembersRequest { Header = header }, invocation.Cancellation);
        await foreach (var member in lines.ReadAsync(invocation.Cancellation))
        {
            open = open && await TryWriteAsync(call.RequestStream, new ImportMembersRequest { Member = member }, invocation.Cancellation);
            if (!open)
            {
                break;
            }

            progress.Count();
        }

        progress.End();
        if (open)
        {
            await call.RequestStream.CompleteAsync();
        }

        return await call.ResponseAsync;
    }

    /// <summary>False when the service ended the call: its answer says why, the failed write does not.</summary>
    private static async Task<bool> TryWriteAsync(
        IClientStreamWriter<ImportMembersRequest> stream, ImportMembersRequest message, CancellationToken cancellation)
    {
        try
        {
            await stream.WriteAsync(message, cancellation);
            return true;
        }
        catch (Exception error) when ((error is RpcException or IOException or HttpRequestException or InvalidOperationException) && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static void Print(Invocation invocation, WriteContext context, MemberLines lines, ImportMembersResponse response)
    {
        response.Skipped += lines.Broken;
        response.Refusals.AddRange(lines.Refusals);
        if (invocation.IsJson)
        {
            invocation.PrintJson(response, ("idempotencyKey", context.IdempotencyKey));
            return;
        }

        var verb = response.Replayed ? "Already imported" : "Imported";
        invocation.Output.WriteLine($"{verb}: {response.Imported} members, {response.Skipped} skipped");
        foreach (var refusal in response.Refusals.OrderBy(refusal => refusal.Line))
        {
            invocation.Output.WriteLine(ProtoText.Clean($"  line {refusal.Line}: {refusal.Message}"));
        }

        invocation.Output.WriteLine(ProtoText.Clean($"  key    {context.IdempotencyKey}"));
        invocation.Output.WriteLine(ProtoText.Clean($"  token  {response.FactsVersion}  (check … --min-facts-version)"));
    }
}
