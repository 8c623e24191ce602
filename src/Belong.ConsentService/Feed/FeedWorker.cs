using Belong.ConsentService.Cache;
using Belong.ConsentService.Hosting;

namespace Belong.ConsentService.Feed;

/// <summary>
/// Carries facts from PostgreSQL to Redis for as long as the process runs. Errors never end it. Several
/// instances may do so at once.
/// </summary>
public sealed partial class FeedWorker : BackgroundService
{
    private readonly FeedContext _context;
    private readonly Func<CancellationToken, Task> _sweep;
    private readonly GenerationGarbage _garbage;
    private volatile string? _generation;

    /// <param name="sweep">Carries out erasures that are due; called again and again.</param>
    public FeedWorker(
        FeedDatabase database,
        FactsCache cache,
        FeedSettings settings,
        FeedCounters counters,
        TimeProvider time,
        ILogger<FeedWorker> logger,
        Func<CancellationToken, Task> sweep,
        ConsentMetrics? metrics = null)
    {
        _context = new FeedContext(database, cache, settings, counters, time, logger, metrics);
        _garbage = new GenerationGarbage(_context);
        _sweep = sweep;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var listener = new WakeUpListener(_context);
        try
        {
            await Task.WhenAll(
                listener.RunAsync(stoppingToken),
                listener.BeatAsync(stoppingToken),
                FeedAsync(listener, stoppingToken),
                KeepHouseAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the process.
        }
    }

    private async Task FeedAsync(WakeUpListener listener, CancellationToken cancellation)
    {
        var backoff = new Backoff(_context);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                await RunSessionAsync(listener, backoff, cancellation);
            }
            catch (FeedRestartException e)
            {
                Log.Restarting(_context.Logger, e.Message);
                _context.Counters.CountRestart();
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                Log.Failed(_context.Logger, e);
                _context.Counters.CountFailure();
            }

            await backoff.WaitAsync(cancellation);
        }
    }

    private async Task RunSessionAsync(WakeUpListener listener, Backoff backoff, CancellationToken cancellation)
    {
        await using var session = await FeedSession.OpenAsync(_context, cancellation);
        // What the first cycle finds was there before.
        var isWoken = true;
        while (true)
        {
            if (await session.RunCycleAsync(cancellation) && !isWoken)
            {
                _context.Counters.CountFallback();
            }

            var ended = _context.Time.GetTimestamp();
            _generation = session.Generation;
            backoff.Reset();
            isWoken = await listener.WaitAsync(cancellation);
            await GatherAsync(ended, cancellation);
        }
    }

    /// <summary>A change at rest is carried at once; what is notified meanwhile wakes the feed again.</summary>
    private Task GatherAsync(long ended, CancellationToken cancellation)
    {
        var left = TimeSpan.FromMilliseconds(_context.Settings.GatherMs) - _context.Time.GetElapsedTime(ended);
        return left > TimeSpan.Zero ? Task.Delay(left, _context.Time, cancellation) : Task.CompletedTask;
    }

    private async Task KeepHouseAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(_context.Settings.HousekeepingSeconds), _context.Time);
        do
        {
            await TryAsync(_sweep, cancellation);
            await TryAsync(CollectGarbageAsync, cancellation);
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    private Task CollectGarbageAsync(CancellationToken cancellation) =>
        _generation is { } generation ? _garbage.CollectAsync(generation, cancellation) : Task.CompletedTask;

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        try
        {
            await work(cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            Log.HousekeepingFailed(_context.Logger, e);
            _context.Counters.CountError();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The feed verifies both stores anew: {Reason}")]
        public static partial void Restarting(ILogger logger, string reason);

        [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "The feed failed and tries again")]
        public static partial void Failed(ILogger logger, Exception e);

        [LoggerMessage(EventId = 3, Level = LogLevel.Error, Message = "Housekeeping failed and is tried again")]
        public static partial void HousekeepingFailed(ILogger logger, Exception e);
    }
}
