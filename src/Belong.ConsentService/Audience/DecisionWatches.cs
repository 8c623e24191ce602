using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Grpc.Core;

namespace Belong.ConsentService.Audience;

/// <summary>Runs watches until their callers go, or the instance stops.</summary>
public sealed class DecisionWatches(
    ChangedMembers changed,
    AudienceJudge judge,
    ListPositions positions,
    FactsStateHolder holder,
    FactsCache cache,
    FreshnessBounds bounds,
    WatchCounters counters,
    AudienceSettings settings,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<DecisionWatches> logger)
{
    private const int ShownLength = 80;

    /// <summary>A position that is further ahead was never given.</summary>
    private static readonly TimeSpan MaxClockSkew = TimeSpan.FromMinutes(1);

    private readonly WatchContext _context = new(changed, judge, positions, holder, cache, bounds, counters, time, logger);

    /// <param name="position">As the caller gave it: empty to begin with what is now.</param>
    /// <exception cref="RpcException">The position cannot be watched from, or the instance stops.</exception>
    public async Task RunAsync(AudienceQuestion question, string position, IServerStreamWriter<WatchDecisionsResponse> responses, CancellationToken cancellation)
    {
        var from = position.Length == 0 ? null : Read(position);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
        try
        {
            await new DecisionWatch(question, _context, responses).RunAsync(from, ending.Token);
        }
        catch (Exception) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw Refusal.Of(StatusCode.Unavailable, "STOPPING", "the instance stops: go on from the last position at another");
        }
    }

    private ListPosition Read(string text)
    {
        if (!ListPosition.TryParse(text, out var position))
        {
            throw Refusal.Field("position", Show(text), "a position that ScreenAudience or WatchDecisions gave is allowed");
        }

        var now = Instant.From(time.GetUtcNow());
        if (position.At > now.Plus(MaxClockSkew))
        {
            throw Refusal.Field("position", $"of {position.At}", $"a position that is not of the future is allowed; now is {now}");
        }

        return position.At >= now.Plus(-TimeSpan.FromSeconds(settings.MaxPositionAgeSeconds))
            ? position
            : throw DecisionWatch.PositionTooOld(string.Create(CultureInfo.InvariantCulture,
                $"position is of {position.At}: what happened since is told for {settings.MaxPositionAgeSeconds} s, the most that Consent:Audience:MaxPositionAgeSeconds allows; screen the list again"));
    }

    /// <summary>Readable on one line whatever it holds.</summary>
    private static string Show(string text)
    {
        var shown = text.Length > ShownLength ? text[..ShownLength] + "…" : text;
        return $"'{string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c))}'";
    }
}
