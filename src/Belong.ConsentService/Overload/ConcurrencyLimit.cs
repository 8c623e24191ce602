using Belong.ConsentService.Hosting;
using Grpc.Core;

namespace Belong.ConsentService.Overload;

/// <summary>Counts what is under way of one kind and lets in no more than a number: what is above is refused, never queued.</summary>
/// <param name="name">For metrics.</param>
/// <param name="what">That there are too many of, for the sentence of the refusal.</param>
/// <param name="setting">That allows <paramref name="max"/>.</param>
public sealed class ConcurrencyLimit(string name, string what, string setting, int max, TimeSpan retryAfter)
{
    private int _inFlight;
    private long _refused;

    public string Name => name;

    /// <summary>The most that may be under way.</summary>
    public int Max => max;

    public int InFlight => Volatile.Read(ref _inFlight);

    public long RefusedCount => Interlocked.Read(ref _refused);

    /// <summary>True when there is room; then <see cref="Leave"/> must follow.</summary>
    public bool TryEnter()
    {
        for (var seen = Volatile.Read(ref _inFlight); seen < max;)
        {
            var found = Interlocked.CompareExchange(ref _inFlight, seen + 1, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        Interlocked.Increment(ref _refused);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _inFlight);

    /// <summary>RESOURCE_EXHAUSTED, naming the limit.</summary>
    public RpcException BuildRefusal() =>
        Refusal.Overloaded($"{what} are {max}, the most that {setting} allows at once: try again in a moment", retryAfter);
}
