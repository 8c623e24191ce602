using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Stores;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>
/// How long an instance takes for a call that reads no store: a heartbeat that was written before the instance was held
/// comes late by as much, and tells the age of then.
/// </summary>
internal sealed class Promptness(Instance instance, TimeProvider time) : IDisposable
{
    private const int Kept = 256;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly ServiceClient _client = new(instance.Address);
    private readonly (long From, long To)[] _calls = new (long, long)[Kept];
    private readonly Lock _lock = new();
    private int _next;
    private long _asked = time.GetTimestamp();

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            Begin();
            try
            {
                await _client.Checks.GetServerInfoAsync(new GetServerInfoRequest(), deadline: DateTime.UtcNow + Patience, cancellationToken: cancellation);
            }
            catch (RpcException)
            {
                // An instance that is down tells nothing late.
            }

            End();
            await Task.Delay(Pause, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The longest call that was under way between <paramref name="from"/> and now.</summary>
    public TimeSpan LongestSince(long from)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var longest = _asked == 0 ? 0 : now - _asked;
            foreach (var call in _calls)
            {
                longest = call.To >= from ? Math.Max(longest, call.To - call.From) : longest;
            }

            return time.GetElapsedTime(0, longest);
        }
    }

    public void Dispose() => _client.Dispose();

    private void Begin()
    {
        lock (_lock)
        {
            _asked = time.GetTimestamp();
        }
    }

    private void End()
    {
        lock (_lock)
        {
            _calls[_next++ % Kept] = (_asked, time.GetTimestamp());
            _asked = 0;
        }
    }
}
