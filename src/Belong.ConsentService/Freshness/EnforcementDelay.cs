using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;

namespace Belong.ConsentService.Freshness;

/// <summary>
/// Measures how long a change takes from its commit until this instance knows that checks rest on it: the
/// position in the cache includes the transaction, and the register in memory the version. The time
/// counts from before COMMIT is sent until after the position was read, so that it is rather too long.
/// Checks know nothing of it.
/// </summary>
public sealed class EnforcementDelay(FactsStateHolder holder, ConsentMetrics metrics, TimeProvider time)
{
    /// <summary>Writes that wait at most; those above it are counted and not measured.</summary>
    public const int MaxPending = 8_192;

    private const long None = long.MaxValue;

    private readonly Lock _lock = new();
    private readonly List<Write> _pending = [];
    private string _generation = "";
    private string _replaced = "";
    private long _oldestHeartbeat = None;
    private long _overflows;
    private long _replacedCount;

    /// <summary>Not measured because too much was waiting.</summary>
    public long OverflowCount => Interlocked.Read(ref _overflows);

    /// <summary>Not measured because the database became another one: transactions of the one before are never told of.</summary>
    public long ReplacedCount => Interlocked.Read(ref _replacedCount);

    /// <summary>How long the oldest write has waited; zero when none waits.</summary>
    public TimeSpan OldestWrite
    {
        get
        {
            var oldest = None;
            lock (_lock)
            {
                foreach (var write in _pending)
                {
                    oldest = Math.Min(oldest, write.Sent);
                }
            }

            return Age(oldest);
        }
    }

    /// <summary>How long the oldest heartbeat has waited; zero when none waits.</summary>
    public TimeSpan OldestHeartbeat => Age(Interlocked.Read(ref _oldestHeartbeat));

    /// <summary>A write of this instance was committed.</summary>
    /// <param name="sent">When COMMIT was about to be sent.</param>
    public void Committed(FactsToken token, long sent)
    {
        lock (_lock)
        {
            if (token.Generation == _replaced)
            {
                Interlocked.Increment(ref _replacedCount);
            }
            else if (IsCovered(holder.Current, token))
            {
                // The feed was quicker than the answer of the database.
                metrics.Enforced(DelaySource.Write, time.GetElapsedTime(sent));
            }
            else if (_pending.Count == MaxPending)
            {
                Interlocked.Increment(ref _overflows);
            }
            else
            {
                _pending.Add(new Write(token, sent));
            }
        }
    }

    /// <summary>The holder has a state that is new: what it covers is measured.</summary>
    internal void StateChanged()
    {
        lock (_lock)
        {
            var state = holder.Current;
            var isReplaced = state.Generation != _generation;
            if (isReplaced)
            {
                _replaced = _generation;
                _generation = state.Generation;
            }

            _pending.RemoveAll(write => IsDone(write, state, isReplaced));
        }
    }

    internal void HeartbeatCovered(long noted) => metrics.Enforced(DelaySource.Heartbeat, time.GetElapsedTime(noted));

    internal void HeartbeatReplaced() => Interlocked.Increment(ref _replacedCount);

    internal void HeartbeatOverflowed() => Interlocked.Increment(ref _overflows);

    internal void SetOldestHeartbeat(long? noted) => Interlocked.Exchange(ref _oldestHeartbeat, noted ?? None);

    private static bool IsCovered(FactsState state, FactsToken token) =>
        state.Generation == token.Generation
        && (state.Position?.Sees(token.Xid) ?? false)
        && (!token.IsRegister || state.Register.Version >= token.Version);

    private bool IsDone(Write write, FactsState state, bool isReplaced)
    {
        if (IsCovered(state, write.Token))
        {
            metrics.Enforced(DelaySource.Write, time.GetElapsedTime(write.Sent));
            return true;
        }

        // One of a generation that is still to come waits on; that of any other would wait for ever.
        if (isReplaced && write.Token.Generation != state.Generation)
        {
            Interlocked.Increment(ref _replacedCount);
            return true;
        }

        return false;
    }

    private TimeSpan Age(long since) => since == None ? TimeSpan.Zero : time.GetElapsedTime(since);

    private readonly record struct Write(FactsToken Token, long Sent);
}
