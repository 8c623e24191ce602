using Belong.ConsentService.Access;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Tracing;
using Grpc.Core;
using CheckOptions = Belong.Consent.V1.CheckOptions;

namespace Belong.ConsentService.Checks;

/// <summary>One check from request to answer: its admission, the facts, all other rules. Every endpoint goes through it.</summary>
public sealed class Checker(CheckAdmission admission, FactsLookup lookup, FreshnessBounds bounds, BulkLane bulk, ExceptionClaims claims, ConsentMetrics metrics, TimeProvider time)
{
    /// <summary>A token that says more is not followed further: nobody is to choose the time of a live check.</summary>
    private static readonly TimeSpan MaxClockSkew = TimeSpan.FromMinutes(1);

    /// <exception cref="RpcException">The request is malformed or the caller may not ask it.</exception>
    public async ValueTask<Consent.V1.Decision> CheckAsync(CheckRequest request, Caller caller, CheckOptions? options, AnswerTime end, CancellationToken cancellation)
    {
        var check = Begin(request, caller, options, end);
        await check.Ended;
        return TryEnd(check, out var cached) ?? await EndAsync(check, cached, cancellation);
    }

    /// <summary>Rules 1 and 2, and the facts asked for. <see cref="CheckAsync"/> in parts, for who would rather not await it.</summary>
    /// <exception cref="RpcException">The request is malformed or the caller may not ask it.</exception>
    public CheckUnderWay Begin(CheckRequest request, Caller caller, CheckOptions? options, AnswerTime end)
    {
        var start = time.GetTimestamp();
        bulk.NoteCheck(start);
        if (admission.FindRefusal(request, caller) is { } refusal)
        {
            throw refusal;
        }

        var isPlain = request.Mode == Mode.Live && request.ExceptionClaim is null && options is not { MinFactsVersion.Length: > 0 };
        return new CheckUnderWay(request, caller, options, start, end, isPlain, isPlain ? lookup.Begin(MemberOf(request), bounds.For(request), end) : default);
    }

    /// <summary>The answer, from the cache; null when there is more to read.</summary>
    /// <param name="cached">What the cache did answer, for <see cref="EndAsync"/>.</param>
    public Consent.V1.Decision? TryEnd(in CheckUnderWay check, out MemberRead cached)
    {
        cached = default;
        if (!check.IsPlain)
        {
            return null;
        }

        var isFound = lookup.TryEnd(check.Reading, null, out var facts, out cached);
        if (ConsentTraces.IsTraced && check.Reading.IsAsked)
        {
            ConsentTraces.NoteCacheRead("GET", time.GetElapsedTime(check.Start), ConsentTraces.OutcomeOf(cached.Outcome), 1);
        }

        return isFound ? Answer(check, Decide(check, null, facts), facts) : null;
    }

    public async ValueTask<Consent.V1.Decision> EndAsync(CheckUnderWay check, MemberRead cached, CancellationToken cancellation)
    {
        if (check.IsPlain)
        {
            var read = await lookup.ReadDatabaseAsync(check.Reading, null, cached, check.End, cancellation);
            return Answer(check, Decide(check, null, read), read);
        }

        var request = check.Request;
        var demanded = await admission.ReadTokenAsync(check.Options?.MinFactsVersion ?? "", check.End, cancellation);
        var facts = await lookup.ReadAsync(MemberOf(request), bounds.For(request), demanded, check.End, cancellation);
        if (facts.View.Member is { IsTombstone: true } && request is { Mode: Mode.Audit, At: { } then } && !IsErasedAt(facts.View.Member, then))
        {
            facts = await lookup.ReadErasedAsync(request.MemberId!, facts, check.End, cancellation);
        }

        // What is recorded of a claim is what is answered.
        var decision = Decide(check, demanded, facts);
        if (request.ExceptionClaim is not null && !decision.IsRetryable)
        {
            await claims.RecordAsync(check.Caller, request, decision, check.End, cancellation);
        }

        return Answer(check, decision, facts);
    }

    /// <summary>Null for anonymised data.</summary>
    private static string? MemberOf(CheckRequest request) => request.Kind == Kind.Anonymized ? null : request.MemberId;

    private Consent.V1.Decision Answer(in CheckUnderWay check, in Decision decision, in LookupResult facts)
    {
        metrics.Decided(check.Request.Kind, decision, time.GetElapsedTime(check.Start));
        return DecisionWriter.Write(decision, facts, check.Options?.Explain ?? false);
    }

    private Decision Decide(in CheckUnderWay check, FactsToken? demanded, in LookupResult facts)
    {
        // The clock of now and not of the beginning: what was recorded while the facts were read has begun.
        var admitted = new Admission(check.Request, check.Request.At ?? ReadClock(demanded), null, null);
        return Evaluator.Decide(admitted, facts.View, bounds);
    }

    /// <summary>A demanded write has been recorded: a clock that is behind the writer's must not put it into the future.</summary>
    private Instant ReadClock(FactsToken? demanded)
    {
        var now = Instant.From(time.GetUtcNow());
        if (demanded is null || demanded.RecordedAt <= now)
        {
            return now;
        }

        var latest = now.Plus(MaxClockSkew);
        return demanded.RecordedAt < latest ? demanded.RecordedAt : latest;
    }

    private static bool IsErasedAt(MemberFacts tombstone, Instant now)
    {
        foreach (var status in tombstone.Statuses)
        {
            if (status.Status == MemberStatus.Erased && (status.At is null || status.At <= now))
            {
                return true;
            }
        }

        return false;
    }
}
