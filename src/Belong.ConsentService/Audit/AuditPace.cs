namespace Belong.ConsentService.Audit;

/// <summary>How many members are compared at once, and how long the auditor rests afterwards.</summary>
internal sealed class AuditPace(AuditContext context)
{
    private const double PercentMinutesToSeconds = 100 * 60;

    /// <summary>Fewer are compared as fast as this many: a pass over a small table needs no care.</summary>
    private const long MinTotal = 10_000;

    private static readonly TimeSpan EstimateInterval = TimeSpan.FromMinutes(1);

    private long? _estimatedAt;
    private long _begun;
    private double _perSecond;

    public long Total { get; private set; }

    public int Step { get; private set; }

    public async Task BeginAsync(AuditDatabase database, CancellationToken cancellation)
    {
        _begun = context.Time.GetTimestamp();
        if (_estimatedAt is { } at && context.Time.GetElapsedTime(at) < EstimateInterval)
        {
            return;
        }

        Total = await database.EstimateMembersAsync(cancellation);
        _estimatedAt = _begun;
        var share = context.Settings.SharePerMinutePercent / PercentMinutesToSeconds;
        _perSecond = Math.Min(Math.Max(Total, MinTotal) * share, context.Settings.MaxMembersPerSecond);
        Step = (int)Math.Clamp(Math.Ceiling(_perSecond), 1, context.Settings.PageSize);
    }

    public Task EndAsync(CancellationToken cancellation)
    {
        var rest = TimeSpan.FromSeconds(Step / _perSecond) - context.Time.GetElapsedTime(_begun);
        return rest > TimeSpan.Zero ? Task.Delay(rest, context.Time, cancellation) : Task.CompletedTask;
    }
}
