using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;

namespace Belong.ConsentService.Audit;

/// <summary>
/// Compares Redis with PostgreSQL, slowly and for ever, in both directions; counts every difference and
/// repairs it. Errors never end it. Of several instances one does so at a time.
/// </summary>
public sealed class AuditWorker : BackgroundService
{
    private const int MinWaitMs = 100;

    private readonly FeedDatabase _database;
    private readonly AuditContext _context;
    private readonly MemberWalk _members;
    private readonly KeyWalk _keys;
    private int _waitMs = MinWaitMs;

    public AuditWorker(FeedDatabase database, FactsCache cache, AuditSettings settings, AuditCounters counters, TimeProvider time, ILogger<AuditWorker> logger)
    {
        _database = database;
        _context = new AuditContext(cache, settings, counters, new MemberPseudonyms(database.Facts, time), time, logger);
        _members = new MemberWalk(_context);
        _keys = new KeyWalk(_context);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_context.Settings.SharePerMinutePercent <= 0)
        {
            return;
        }

        try
        {
            while (true)
            {
                await TryAuditAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the process.
        }
    }

    private async Task TryAuditAsync(CancellationToken cancellation)
    {
        try
        {
            await using var database = await AuditDatabase.TryOpenAsync(_database, cancellation);
            if (database is not null)
            {
                await AuditAsync(database, cancellation);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(_context.Settings.TakeOverMs), _context.Time, cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // The exception itself may quote keys, and with them ids.
            AuditLog.Failed(_context.Logger, e.GetType().Name);
            _context.Counters.CountError();
            await Task.Delay(TimeSpan.FromMilliseconds(_waitMs), _context.Time, cancellation);
            _waitMs = Math.Min(_waitMs * 2, _context.Settings.TakeOverMs);
        }
    }

    private async Task AuditAsync(AuditDatabase database, CancellationToken cancellation)
    {
        var pace = new AuditPace(_context);
        while (true)
        {
            await pace.BeginAsync(database, cancellation);
            if (_members.IsAtStart)
            {
                await StepAsync(new RegisterAudit(_context, database).RunAsync, cancellation);
            }

            await StepAsync(token => _members.StepAsync(database, pace.Step, pace.Total, token), cancellation);
            await StepAsync(token => _keys.StepAsync(database, pace.Step, token), cancellation);
            _waitMs = MinWaitMs;
            await pace.EndAsync(cancellation);
        }
    }

    /// <summary>What cannot be compared now is left to the next pass.</summary>
    private async Task StepAsync(Func<CancellationToken, Task> step, CancellationToken cancellation)
    {
        try
        {
            await step(cancellation);
        }
        catch (AuditSkipException e)
        {
            _context.Counters.CountSkippedPage();
            AuditLog.Skipped(_context.Logger, e.Message);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            _context.Counters.CountSkippedPage();
            throw;
        }
    }
}
