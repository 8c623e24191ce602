using Belong.ConsentService.Feed;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Lookup;

/// <summary>
/// What this instance knows besides members, immutable and swapped whole: the register, how far the
/// feed has come, and since when. Timestamps are of the instance's monotonic clock.
/// </summary>
/// <param name="Generation">Of the database; the cache is kept under it.</param>
/// <param name="Position">Every change that this sees is in the cache; null before the first.</param>
/// <param name="CacheFreshAsOf">Every change committed before this timestamp is in the cache.</param>
/// <param name="RegisterFreshAsOf">Every change committed before this timestamp is in <paramref name="Register"/>.</param>
/// <param name="CacheBreaks">How often the connection to the cache had broken when its servers were verified: what is behind it now may know less.</param>
public sealed record FactsState(
    string Generation,
    SnapshotCursor? Position,
    Register Register,
    long? CacheFreshAsOf,
    long? RegisterFreshAsOf,
    long CacheBreaks)
{
    /// <summary>Was in the database when the position was read there; null when that is not known.</summary>
    public Guid? Mark { get; init; }

    /// <summary>As <see cref="CacheBreaks"/>: the servers of the cache are not verified.</summary>
    public const long Unverified = -1;

    public static readonly FactsState Unknown = new("", null, Register.Empty, null, null, Unverified);

    public TimeSpan CacheAge(TimeProvider time) => Age(CacheFreshAsOf, time);

    public TimeSpan RegisterAge(TimeProvider time) => Age(RegisterFreshAsOf, time);

    /// <summary>Every change older than this is in what checks are answered from: the older of the two.</summary>
    public TimeSpan Age(TimeProvider time) => CacheFreshAsOf is { } cache && RegisterFreshAsOf is { } register
        ? time.GetElapsedTime(Math.Min(cache, register))
        : TimeSpan.MaxValue;

    private static TimeSpan Age(long? timestamp, TimeProvider time) =>
        timestamp is { } since ? time.GetElapsedTime(since) : TimeSpan.MaxValue;
}

/// <summary>Holds the state for the hot path to read: one reference, no lock.</summary>
public sealed class FactsStateHolder
{
    private FactsState _current = FactsState.Unknown;
    private TaskCompletionSource? _change;

    public FactsState Current
    {
        get => Volatile.Read(ref _current);
        set
        {
            Volatile.Write(ref _current, value);
            Interlocked.Exchange(ref _change, null)?.SetResult();
        }
    }

    /// <summary>Ends once the state is another than <paramref name="seen"/>.</summary>
    public Task WaitForChangeAsync(FactsState seen)
    {
        var change = Volatile.Read(ref _change);
        if (change is null)
        {
            var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            change = Interlocked.CompareExchange(ref _change, made, null) ?? made;
        }

        // It stands ready before the state is looked at, so that no change comes in between.
        return ReferenceEquals(Current, seen) ? change.Task : Task.CompletedTask;
    }
}
