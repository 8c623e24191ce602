using Belong.Consent.V1;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Audience;

/// <summary>Where one watch is. Immutable: what is read next is not yet told.</summary>
internal sealed record WatchProgress
{
    /// <summary>All that it covers was told; null before there is one.</summary>
    public ListPosition? Told { get; init; }

    /// <summary>Every change of a member committed before this timestamp was told; null before the first pass.</summary>
    public long? AsOf { get; init; }

    /// <summary>What began or ended in the register before was told.</summary>
    public Instant RegisterAt { get; init; }

    /// <summary>Every change of the register committed before this timestamp was told; null before it was looked at.</summary>
    public long? RegisterAsOf { get; init; }

    /// <summary>The pass under way.</summary>
    public WatchPass? Pass { get; init; }

    /// <summary>The facts' state when the last pass began.</summary>
    public FactsState Seen { get; init; } = FactsState.Unknown;

    /// <summary>Not to begin another pass before this timestamp.</summary>
    public long NextPass { get; init; }

    /// <summary>Failures in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Those among them that were only because members could not be judged.</summary>
    public int Undecided { get; init; }

    /// <summary>More is known to have changed than was told.</summary>
    public bool IsBehind => AsOf is null || Pass is { HasMore: true };
}

/// <summary>One pass over all that changed since what was told: at its end <paramref name="Target"/> is told.</summary>
/// <param name="Target">Fixed before the first page is read, or by reading it: what ends later is found by the next pass. Null before.</param>
/// <param name="AsOf">Every change committed before this timestamp is in the target.</param>
/// <param name="Now">Who is told of is judged at this instant or later.</param>
/// <param name="HasMore">A page was read that was not the last.</param>
/// <param name="HasTold">Somebody was told of.</param>
internal sealed record WatchPass(SnapshotCursor? Target, long AsOf, Instant Now, ChangedCursor Cursor, long Started, bool HasMore = false, bool HasTold = false);

/// <summary>What is to be told, and where the watch is then.</summary>
/// <param name="IsCaughtUp">A pass has ended that told something.</param>
internal readonly record struct WatchStep(WatchProgress Progress, IReadOnlyList<WatchDecisionsResponse> Events, bool IsCaughtUp = false);
