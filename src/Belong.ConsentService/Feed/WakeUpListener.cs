using Npgsql;

namespace Belong.ConsentService.Feed;

/// <summary>
/// Turns notifications into wake-ups. It never fails: what goes wrong with its connection is logged, and a
/// new one opened; meanwhile the feed looks by itself. It sends itself a heartbeat by another connection,
/// because a connection can look alive and hear nothing.
/// </summary>
internal sealed partial class WakeUpListener(FeedContext context) : IDisposable
{
    private readonly SemaphoreSlim _wakeUp = new(0, 1);
    private int _beatsUnheard;

    /// <summary>True with a wake-up; false after the time to look without one.</summary>
    public Task<bool> WaitAsync(CancellationToken cancellation) => _wakeUp.WaitAsync(context.Settings.PollMs, cancellation);

    public async Task RunAsync(CancellationToken cancellation)
    {
        var backoff = new Backoff(context);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(backoff, cancellation);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                Log.ListenerBroke(context.Logger, e.Message);
                context.Counters.CountError();
                await backoff.WaitAsync(cancellation);
            }
        }
    }

    public async Task BeatAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(context.Settings.HeartbeatMs), context.Time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            try
            {
                await context.Database.BeatAsync(cancellation);
                Interlocked.Increment(ref _beatsUnheard);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                Log.NoHeartbeat(context.Logger, e.Message);
            }
        }
    }

    public void Dispose() => _wakeUp.Dispose();

    private async Task ListenAsync(Backoff backoff, CancellationToken cancellation)
    {
        await using var connection = await context.Database.OpenApartAsync(cancellation);
        connection.Notification += (_, _) => Hear();
        await using (var command = new NpgsqlCommand($"LISTEN {FeedDatabase.Channel}", connection))
        {
            await command.ExecuteNonQueryAsync(cancellation);
        }

        context.Counters.CountListenerStart();
        // What was notified before LISTEN is found by looking once.
        Hear();
        while (true)
        {
            if (await connection.WaitAsync(context.Settings.HeartbeatMs, cancellation))
            {
                backoff.Reset();
            }
            else if (Volatile.Read(ref _beatsUnheard) >= context.Settings.DeafAfterBeats)
            {
                throw new TimeoutException($"{context.Settings.DeafAfterBeats} heartbeats were sent and not heard");
            }
        }
    }

    private void Hear()
    {
        Interlocked.Exchange(ref _beatsUnheard, 0);
        context.Counters.CountWakeUp();
        try
        {
            if (_wakeUp.CurrentCount == 0)
            {
                _wakeUp.Release();
            }
        }
        catch (SemaphoreFullException)
        {
            // Another notification was quicker: one wake-up is enough.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 30, Level = LogLevel.Warning, Message = "The listening connection is opened anew: {Reason}")]
        public static partial void ListenerBroke(ILogger logger, string reason);

        [LoggerMessage(EventId = 31, Level = LogLevel.Warning, Message = "No heartbeat could be sent: {Reason}")]
        public static partial void NoHeartbeat(ILogger logger, string reason);
    }
}
