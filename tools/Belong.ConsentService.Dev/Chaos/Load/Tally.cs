using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>What was seen during the injections of one fault.</summary>
internal sealed class Tally
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Door, Counts> _counts = Enum.GetValues<Door>().ToDictionary(door => door, _ => default(Counts));

    public int Injected { get; set; }

    public TimeSpan LongestConvergence { get; set; }

    public WatchCounts Watched { get; private set; }

    public Counts All => _counts.Values.Aggregate((sum, counts) => sum + counts);

    public Counts Of(Door door) => _counts[door];

    public void Count(Observation seen, TimeSpan delay)
    {
        var counts = CountOf(seen) with { Asked = 1, LongestDelay = delay };
        lock (_lock)
        {
            _counts[seen.Call.Door] += counts;
        }
    }

    public void Count(WatchCounts watched)
    {
        lock (_lock)
        {
            Watched += watched;
        }
    }

    /// <summary>It broke a promise.</summary>
    public void CountStale(Observation seen)
    {
        lock (_lock)
        {
            _counts[seen.Call.Door] += new Counts { StaleAllows = seen.IsAllowed ? 1 : 0 };
        }
    }

    private static Counts CountOf(Observation seen)
    {
        if (seen.Decision is null)
        {
            return seen.Failure.Status is StatusCode.ResourceExhausted or StatusCode.InvalidArgument ? new() { Refused = 1 } : new() { Unanswered = 1 };
        }

        if (!seen.IsByFacts)
        {
            return new() { Refused = 1 };
        }

        return seen.Decision.Basis?.Source switch
        {
            null => new() { FromEither = 1 },
            FactsSource.Database => new() { FromDatabase = 1 },
            _ => new() { FromCache = 1 },
        };
    }
}

/// <summary>How many checks were asked, and what came of them.</summary>
internal readonly record struct Counts
{
    public long Asked { get; init; }

    public long FromCache { get; init; }

    public long FromDatabase { get; init; }

    /// <summary>Answered by facts without telling where they were read: in lists.</summary>
    public long FromEither { get; init; }

    /// <summary>Told why not: a store that cannot be read or is too old, a limit reached.</summary>
    public long Refused { get; init; }

    /// <summary>Not answered: the instance was down or held, the deadline passed, or a list was cut.</summary>
    public long Unanswered { get; init; }

    public long StaleAllows { get; init; }

    public TimeSpan LongestDelay { get; init; }

    public static Counts operator +(Counts one, Counts other) => new()
    {
        Asked = one.Asked + other.Asked,
        FromCache = one.FromCache + other.FromCache,
        FromDatabase = one.FromDatabase + other.FromDatabase,
        FromEither = one.FromEither + other.FromEither,
        Refused = one.Refused + other.Refused,
        Unanswered = one.Unanswered + other.Unanswered,
        StaleAllows = one.StaleAllows + other.StaleAllows,
        LongestDelay = one.LongestDelay > other.LongestDelay ? one.LongestDelay : other.LongestDelay,
    };
}
