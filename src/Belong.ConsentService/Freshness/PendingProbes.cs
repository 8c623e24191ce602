using Belong.ConsentService.Cache;
using Belong.ConsentService.Feed;

namespace Belong.ConsentService.Freshness;

/// <summary>Where the database was at a local time.</summary>
/// <param name="Timestamp">Before it was asked.</param>
internal sealed record Probe(string Generation, SnapshotCursor Snapshot, long Timestamp);

/// <summary>Probes that the feed has not covered yet, the oldest first. For several tasks at once.</summary>
internal sealed class PendingProbes(EnforcementDelay delay)
{
    private const int MaxPending = 64;

    private readonly Lock _lock = new();
    private readonly Queue<Probe> _pending = new();
    private int _chain;

    /// <summary>The number of the chain of states that follow from each other; to be read before the database is asked.</summary>
    public int Chain => Volatile.Read(ref _chain);

    public void Note(Probe probe, int chain)
    {
        lock (_lock)
        {
            if (chain != _chain)
            {
                // It has not verified the state that came meanwhile.
                return;
            }

            // The oldest is covered first: a feed that is far behind would never reach one that is thrown away for a newer.
            if (_pending.Count < MaxPending)
            {
                _pending.Enqueue(probe);
                TellOldest();
            }
            else
            {
                delay.HeartbeatOverflowed();
            }
        }
    }

    /// <summary>
    /// A state that does not follow from the one held rests on its mark: only a probe that finds it in the database
    /// may make it fresh. The states that follow are of the same chain.
    /// </summary>
    public void BeginChain(string generation)
    {
        lock (_lock)
        {
            Volatile.Write(ref _chain, _chain + 1);
            while (_pending.TryDequeue(out var probe))
            {
                if (probe.Generation != generation)
                {
                    delay.HeartbeatReplaced();
                }
            }

            TellOldest();
        }
    }

    /// <summary>The time of the latest probe whose snapshot the feed has covered; null when it has covered none.</summary>
    public long? TakeCovered(FeedState cached)
    {
        long? latest = null;
        lock (_lock)
        {
            while (_pending.TryPeek(out var probe))
            {
                var isOfThis = probe.Generation == cached.Generation;
                if (isOfThis && !cached.Snapshot.Covers(probe.Snapshot))
                {
                    break;
                }

                _pending.Dequeue();
                if (isOfThis)
                {
                    latest = probe.Timestamp;
                    delay.HeartbeatCovered(probe.Timestamp);
                }
                else
                {
                    delay.HeartbeatReplaced();
                }
            }

            TellOldest();
        }

        return latest;
    }

    private void TellOldest() => delay.SetOldestHeartbeat(_pending.TryPeek(out var oldest) ? oldest.Timestamp : null);
}
