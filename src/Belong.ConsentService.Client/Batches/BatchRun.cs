using Belong.Consent.V1;
using Belong.ConsentService.Client.Calls;
using Grpc.Core;

namespace Belong.ConsentService.Client.Batches;

/// <summary>
/// Asks any number of checks, in slices within the limits of the service. What was refused because the service had too much to
/// do is asked again in the same slice, within its deadline.
/// </summary>
internal sealed class BatchRun(ConsentCheck.ConsentCheckClient client, CallRunner runner, TimeProvider clock, CallTerms terms, int maxChecks, CheckDefaults? defaults)
{
    private const int DefaultBytes = 1024 * 1024;
    private const int CheckOverheadBytes = 8;
    private const string UnknownAnswer = "The service gave an answer that this client does not know: a newer client is needed.";

    public async Task<IReadOnlyList<BatchResult>> RunAsync(
        IReadOnlyList<BatchCheck> checks, Question[] questions, GetServerInfoResponse info, CancellationToken cancellation)
    {
        var results = new BatchResult[checks.Count];
        foreach (var slice in Slices(checks, info))
        {
            await AskAsync(slice, checks, questions, results, cancellation);
        }

        return results;
    }

    /// <summary>Numbers of checks that go into one call.</summary>
    private IEnumerable<List<int>> Slices(IReadOnlyList<BatchCheck> checks, GetServerInfoResponse info)
    {
        var limit = info.MaxBatchChecks > 0 ? Math.Min(info.MaxBatchChecks, maxChecks) : maxChecks;
        var maxBytes = (info.MaxMessageBytes > 0 ? Math.Min(info.MaxMessageBytes, DefaultBytes) : DefaultBytes) - (defaults?.CalculateSize() ?? 0) - CheckOverheadBytes;
        var (slice, bytes) = (new List<int>(), 0);
        for (var i = 0; i < checks.Count; i++)
        {
            var size = checks[i].CalculateSize() + CheckOverheadBytes;
            if (slice.Count >= limit || (slice.Count > 0 && bytes + size > maxBytes))
            {
                yield return slice;
                (slice, bytes) = ([], 0);
            }

            slice.Add(i);
            bytes += size;
        }

        yield return slice;
    }

    private async Task AskAsync(List<int> slice, IReadOnlyList<BatchCheck> checks, Question[] questions, BatchResult[] results, CancellationToken cancellation)
    {
        var begun = clock.GetTimestamp();
        var pending = slice;
        for (var attempt = 1; ; attempt++)
        {
            var left = terms.Timeout - clock.GetElapsedTime(begun);
            var wait = await AskOnceAsync(pending, checks, questions, results, terms with { Timeout = left }, cancellation);
            pending = [.. pending.Where(i => IsOverloaded(results[i]))];
            if (pending.Count == 0 || attempt >= terms.MaxAttempts || wait >= terms.Timeout - clock.GetElapsedTime(begun))
            {
                return;
            }

            await Task.Delay(wait, clock, cancellation);
        }
    }

    /// <returns>How long to wait before those are asked again that there was too much of.</returns>
    private async Task<TimeSpan> AskOnceAsync(
        List<int> pending, IReadOnlyList<BatchCheck> checks, Question[] questions, BatchResult[] results, CallTerms left, CancellationToken cancellation)
    {
        var request = new CheckBatchRequest { Defaults = defaults };
        request.Checks.AddRange(pending.Select(i => checks[i]));
        var asked = new AskedAt(clock);
        // A claim of an exception leaves a record each time.
        var rule = request.Checks.Any(check => check.Disclosure?.ExceptionClaim is not null) ? RetryRule.OnlyIfNotDone : RetryRule.Read;
        var response = await runner.RunAsync(options => client.CheckBatchAsync(request, options), left with { Rule = rule }, cancellation);
        if (response.Answers.Count != pending.Count)
        {
            throw new ConsentContradictionException($"{response.Answers.Count} answers to {pending.Count} checks");
        }

        var wait = TimeSpan.Zero;
        for (var n = 0; n < pending.Count; n++)
        {
            var (i, answer) = (pending[n], response.Answers[n]);
            results[i] = Read(checks[i], questions[i], answer, asked);
            var demanded = TimeSpan.FromMilliseconds(Math.Clamp(answer.Refusal?.RetryAfterMs ?? 0, 0, int.MaxValue));
            wait = demanded > wait ? demanded : wait;
        }

        return wait;
    }

    private static BatchResult Read(BatchCheck check, Question question, BatchAnswer answer, AskedAt asked)
    {
        if (answer.CorrelationId != check.CorrelationId)
        {
            throw new ConsentContradictionException($"the answer to check '{answer.CorrelationId}' comes where that to '{check.CorrelationId}' is due");
        }

        return answer.AnswerCase switch
        {
            BatchAnswer.AnswerOneofCase.Decision => new BatchAnswered(check, AnswerReader.Read(question, answer.Decision, asked)),
            BatchAnswer.AnswerOneofCase.Refusal => new BatchRefused(check, answer.Refusal),
            _ => new BatchRefused(check, new CheckRefusal { StatusCode = (int)StatusCode.Unimplemented, Reason = "ANSWER_UNKNOWN", Message = UnknownAnswer }),
        };
    }

    private static bool IsOverloaded(BatchResult result) =>
        result is BatchRefused { Refusal: { StatusCode: (int)StatusCode.ResourceExhausted, RetryAfterMs: > 0 } };
}
