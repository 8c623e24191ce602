using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Google.Protobuf.Collections;
using Grpc.Core;

namespace Belong.ConsentService.Checks;

/// <summary>Many checks in one call, each judged as if asked alone: what they need is read together where it can be.</summary>
public sealed partial class BatchChecker(CheckAdmission admission, Checker checker, BulkLookup lookup, FreshnessBounds bounds, ConsentMetrics metrics, ILogger<BatchChecker> logger)
{
    public const int MaxChecks = 10_000;

    private const int MaxCorrelationIdLength = 128;

    /// <summary>Checks of a past time, after a write, or with a claim, that are under way at once for one batch.</summary>
    private const int MaxAlone = 8;

    /// <exception cref="RpcException">The batch as a whole is refused.</exception>
    public async Task<CheckBatchResponse> CheckAsync(CheckBatchRequest request, Caller caller, AnswerTime end, CancellationToken cancellation)
    {
        var checks = request.Checks;
        if (checks.Count > MaxChecks)
        {
            throw Refusal.Field("checks", $"a list of {checks.Count}", $"at most {MaxChecks} checks are allowed in one batch");
        }

        if (checks.Count > caller.MaxBatchChecks)
        {
            throw Refusal.Field("checks", $"a list of {checks.Count}", $"at most {caller.MaxBatchChecks} are allowed, the max_batch_checks of caller '{caller.Name}'");
        }

        // One was taken for the call.
        caller.CheckRate?.Owe(Math.Max(0, checks.Count - 1));

        var items = new BatchItem[checks.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = await ReadAsync(checks[i], request.Defaults, caller, end, cancellation);
        }

        await CheckTogetherAsync(items, bounds.Sensitive, end, cancellation);
        if (bounds.Other != bounds.Sensitive)
        {
            await CheckTogetherAsync(items, bounds.Other, end, cancellation);
        }

        await CheckAloneAsync(items, caller, end, cancellation);
        return Write(checks, items);
    }

    private async ValueTask<BatchItem> ReadAsync(BatchCheck check, CheckDefaults? defaults, Caller caller, AnswerTime end, CancellationToken cancellation)
    {
        if (check.CorrelationId.Length > MaxCorrelationIdLength)
        {
            return new BatchItem { Refusal = Refusal.Field("correlation_id", $"a text of {check.CorrelationId.Length} characters", $"at most {MaxCorrelationIdLength} are allowed") };
        }

        if (defaults is not null && !check.WithoutDefaults)
        {
            BatchDefaults.Apply(defaults, check);
        }

        try
        {
            var (request, options) = check.QuestionCase switch
            {
                BatchCheck.QuestionOneofCase.Use => (CheckTranslator.Read(check.Use), check.Use.Options),
                BatchCheck.QuestionOneofCase.Disclosure => (CheckTranslator.Read(check.Disclosure, await admission.FindKindAsync(check.Disclosure, caller, end, cancellation)), check.Disclosure.Options),
                BatchCheck.QuestionOneofCase.AnonymizedProvision => (CheckTranslator.Read(check.AnonymizedProvision), check.AnonymizedProvision.Options),
                _ => throw Refusal.Field("question", "missing", "a use, a disclosure or a provision of anonymised data is required"),
            };
            return new BatchItem
            {
                Request = request,
                MinFactsVersion = options?.MinFactsVersion ?? "",
                Explain = options?.Explain ?? false,
                Refusal = admission.FindRefusal(request, caller),
            };
        }
        catch (RpcException e)
        {
            return new BatchItem { Refusal = e };
        }
    }

    /// <summary>The ordinary checks whose facts may be as old as the bound.</summary>
    private async Task CheckTogetherAsync(BatchItem[] items, TimeSpan bound, AnswerTime end, CancellationToken cancellation)
    {
        var places = new List<int>(items.Length);
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i].IsOrdinary && bounds.For(items[i].Request!) == bound)
            {
                places.Add(i);
            }
        }

        // Anonymised data are nobody's: then it is only found out whether facts can be read.
        var ids = places.ConvertAll(place => items[place].Request is { Kind: not Kind.Anonymized } request ? request.MemberId! : "");
        await lookup.ReadAsync([.. ids], bound, null, end, new Visit(items, places, bounds, metrics), cancellation);
    }

    private Task CheckAloneAsync(BatchItem[] items, Caller caller, AnswerTime end, CancellationToken cancellation)
    {
        var places = new List<int>();
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i].IsAlone)
            {
                places.Add(i);
            }
        }

        return places.Count == 0 ? Task.CompletedTask : Parallel.ForEachAsync(
            places,
            new ParallelOptions { MaxDegreeOfParallelism = MaxAlone, CancellationToken = cancellation },
            async (place, token) => await CheckOneAsync(items, place, caller, end, token));
    }

    private async ValueTask CheckOneAsync(BatchItem[] items, int place, Caller caller, AnswerTime end, CancellationToken cancellation)
    {
        try
        {
            var options = new CheckOptions { MinFactsVersion = items[place].MinFactsVersion };
            items[place].Decision = await checker.CheckAsync(items[place].Request!, caller, options, end, cancellation);
        }
        catch (RpcException e)
        {
            items[place].Refusal = e;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // One check must not take the others with it.
            Log.Failed(logger, e);
            items[place].Refusal = Refusal.Of(StatusCode.Internal, "INTERNAL", "the check failed: ask it again");
        }
    }

    private static CheckBatchResponse Write(RepeatedField<BatchCheck> checks, BatchItem[] items)
    {
        var response = new CheckBatchResponse();
        response.Answers.Capacity = items.Length;
        var explained = new SortedSet<ReasonCode>();
        for (var i = 0; i < items.Length; i++)
        {
            response.Answers.Add(items[i].Write(checks[i].CorrelationId));
            if (items[i] is { Explain: true, Decision: { } decision })
            {
                explained.UnionWith(decision.Reasons);
            }
        }

        foreach (var reason in explained)
        {
            response.Explanations.Add(DecisionWriter.Explain((Reason)reason));
        }

        return response;
    }

    private sealed class Visit(BatchItem[] items, List<int> places, FreshnessBounds bounds, ConsentMetrics metrics) : IFactsVisitor
    {
        private readonly BatchDecisions _decisions = new();

        void IFactsVisitor.Visit(int index, in FactsView facts, FactsOrigin origin, Instant now)
        {
            ref var item = ref items[places[index]];
            var decision = Evaluator.Decide(new Admission(item.Request!, now, null, null), facts, bounds);
            metrics.DecidedInBatch(item.Request!.Kind, decision);
            item.Decision = _decisions.Write(decision, new LookupResult(facts, origin));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A check of a batch failed")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
