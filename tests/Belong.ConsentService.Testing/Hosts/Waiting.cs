using System.Diagnostics;

namespace Belong.ConsentService.Testing.Hosts;

internal static class Waiting
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    /// <summary>Asks again and again until the server answers; gives up when it died or after a minute.</summary>
    public static async Task UntilReadyAsync(IServerHost host, Func<CancellationToken, Task> ask, CancellationToken cancellation)
    {
        var limit = Stopwatch.StartNew();
        while (true)
        {
            host.ThrowIfDead();
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            attempt.CancelAfter(TimeSpan.FromSeconds(5));
            try
            {
                await ask(attempt.Token);
                return;
            }
            catch (Exception failure) when (limit.Elapsed < ReadyLimit && !cancellation.IsCancellationRequested)
            {
                _ = failure;
                await Task.Delay(20, cancellation);
            }
        }
    }

    /// <summary>Asks again and again until it is so.</summary>
    public static async Task UntilAsync(string what, TimeSpan limit, Func<CancellationToken, Task<bool>> ask, CancellationToken cancellation)
    {
        var waited = Stopwatch.StartNew();
        while (!await ask(cancellation))
        {
            if (waited.Elapsed > limit)
            {
                throw new TimeoutException($"Not within {limit.TotalSeconds:0.#} s: {what}.");
            }

            await Task.Delay(20, cancellation);
        }
    }
}
