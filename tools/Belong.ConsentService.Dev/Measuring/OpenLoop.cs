using System.Diagnostics;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>
/// Calls at a rate that does not wait for answers: a service that is slow gets no rest. What could not be
/// called in time because too much was under way is not made up for, and shows in the rate reached.
/// </summary>
internal sealed class OpenLoop(int perSecond, Func<Task> call)
{
    private const int MaxUnderWay = 2_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TimeSpan _step = TimeSpan.FromMilliseconds(1);
    private string? _firstError;
    private int _underWay;
    private long _done;
    private long _failed;
    private double _seconds;

    public long Failed => Interlocked.Read(ref _failed);

    public string? FirstError => Volatile.Read(ref _firstError);

    /// <summary>Calls per second that were answered as they should.</summary>
    public double Rate => Interlocked.Read(ref _done) / _seconds;

    /// <summary>How long the load itself stood still at most: what is late by this is not the service's.</summary>
    public TimeSpan LongestGap { get; private set; }

    public bool IsReached => Failed == 0 && Rate >= 0.95 * perSecond;

    /// <param name="until">Ends it earlier; what is under way is waited for.</param>
    public async Task RunAsync(TimeSpan duration, CancellationToken until = default)
    {
        var watch = Stopwatch.StartNew();
        var last = TimeSpan.Zero;
        for (var sent = 0L; watch.Elapsed < duration && !until.IsCancellationRequested;)
        {
            LongestGap = watch.Elapsed - last > LongestGap ? watch.Elapsed - last : LongestGap;
            last = watch.Elapsed;
            for (var due = (long)(watch.Elapsed.TotalSeconds * perSecond); sent < due; sent++)
            {
                Send();
            }

            await Task.Delay(_step, CancellationToken.None);
        }

        _seconds = watch.Elapsed.TotalSeconds;
        var ended = watch.Elapsed;
        while (Volatile.Read(ref _underWay) > 0 && watch.Elapsed < ended + Patience)
        {
            await Task.Delay(_step, CancellationToken.None);
        }
    }

    private void Send()
    {
        if (Interlocked.Increment(ref _underWay) > MaxUnderWay)
        {
            Interlocked.Decrement(ref _underWay);
            return;
        }

        _ = SendAsync();
    }

    private async Task SendAsync()
    {
        try
        {
            await call();
            Interlocked.Increment(ref _done);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Interlocked.CompareExchange(ref _firstError, e.Message, null);
            Interlocked.Increment(ref _failed);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
