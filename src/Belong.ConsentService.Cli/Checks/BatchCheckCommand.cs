using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;
using Belong.ConsentService.Client.Calls;
using Google.Protobuf;

namespace Belong.ConsentService.Cli.Checks;

/// <summary><c>consentctl check batch</c>: checks of any kind from a file.</summary>
internal sealed class BatchCheckCommand
{
    private const int DefaultChecks = 1_000;
    private const int DefaultBytes = 1024 * 1024;

    private readonly Argument<string> _file = new("FILE") { Description = "One BatchCheck per line in proto JSON; - for standard input." };

    public static Command Build(Runner runner)
    {
        var batch = new BatchCheckCommand();
        var command = new GuidedCommand("batch", "Answers checks of any kind from a file, each as if asked alone.", """
            Each line is one check, and each line that comes out is its answer, a decision or a refusal, in the same order:
              {"correlationId": "order-1", "use": {"memberId": "M1", "purposes": ["PURPOSE_SERVICE_DELIVERY"]}}
              {"disclosure": {"memberId": "M1", "recipientId": "V-CARRIER", "purposes": ["PURPOSE_SERVICE_DELIVERY"]}}

            Exit codes: 0 every check has its answer, whatever it is; 1 the service cannot be reached, or failed; 2 bad use or refused.
            For one question about many members see consentctl screen.
            """)
        {
            batch._file,
        };
        return runner.Bind(command, batch.RunAsync);
    }

    private async Task<int> RunAsync(Invocation invocation)
    {
        var path = invocation.Parse.GetValue(_file)!;
        await using var stream = path == "-" ? invocation.Host.OpenInput() : File.OpenRead(path);
        using var reader = new StreamReader(stream);
        var info = await invocation.Check.GetServerInfoAsync(new GetServerInfoRequest(), invocation.CallOptions());
        var (maxChecks, maxBytes) = (OrPreset(info.MaxBatchChecks, DefaultChecks), OrPreset(info.MaxMessageBytes, DefaultBytes));
        var (request, bytes) = (new CheckBatchRequest(), 0);
        for (long line = 1; await reader.ReadLineAsync(invocation.Cancellation) is { } text; line++)
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            var check = Parse(text, line, path);
            var size = check.CalculateSize() + 8;
            if (request.Checks.Count >= maxChecks || (bytes + size > maxBytes && request.Checks.Count > 0))
            {
                await AskAsync(invocation, request);
                (request, bytes) = (new CheckBatchRequest(), 0);
            }

            request.Checks.Add(check);
            bytes += size;
        }

        await AskAsync(invocation, request);
        return ExitCode.Done;
    }

    private static int OrPreset(int told, int preset) => told > 0 ? Math.Min(told, preset) : preset;

    private static BatchCheck Parse(string text, long line, string path) =>
        ProtoJson.TryParse<BatchCheck>(text, out var check, out var problem)
            ? check
            : throw new UsageException($"Line {line} of {path} is not a check in proto JSON: {problem}");

    private static async Task AskAsync(Invocation invocation, CheckBatchRequest request)
    {
        if (request.Checks.Count == 0)
        {
            return;
        }

        var response = await invocation.Check.CheckBatchAsync(request, invocation.CallOptions());
        if (response.Answers.Count != request.Checks.Count)
        {
            throw new IncompleteException(
                $"The service contradicts itself: {response.Answers.Count} answers to {request.Checks.Count} checks.");
        }

        foreach (var answer in response.Answers)
        {
            await invocation.Output.WriteLineAsync(JsonFormatter.Default.Format(answer));
        }
    }
}
