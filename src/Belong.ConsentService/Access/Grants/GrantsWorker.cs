namespace Belong.ConsentService.Access.Grants;

/// <summary>Puts new grants in force, each version whole. One that cannot be used is named and counted, and the last good one stands.</summary>
internal sealed partial class GrantsWorker(IGrantsSource source, GrantsHolder holder, AccessSettings settings, AccessCounters counters, TimeProvider time, ILogger<GrantsWorker> log) : BackgroundService
{
    private byte[]? _seen;
    private string _told = "";

    /// <summary>With a file the start waits for it, and fails when it cannot be used: nobody would be let in.</summary>
    /// <exception cref="InvalidGrantsException">The first version cannot be used.</exception>
    /// <exception cref="GrantsUnreadableException">There is no file.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (source is GrantsFile)
        {
            Take((await source.ReadAsync(cancellationToken))!);
            counters.GrantsRead(time.GetTimestamp());
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(settings.ReloadMs), time);
        do
        {
            await LookAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            if (await source.ReadAsync(cancellation) is { } found)
            {
                Take(found);
                counters.GrantsRead(time.GetTimestamp());
                _told = "";
            }
            else
            {
                Tell("there are none yet", counters.GrantsUnreadable);
            }
        }
        catch (InvalidGrantsException e)
        {
            Tell(e.Message, counters.GrantsRefused);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            Tell(e.Message, counters.GrantsUnreadable);
        }
    }

    private void Take(byte[] found)
    {
        if (_seen is not null && found.AsSpan().SequenceEqual(_seen))
        {
            counters.GrantsUnchanged();
            return;
        }

        var grants = GrantsReader.Read(found, time, holder.Current);
        if (grants.Version < holder.Current.Version)
        {
            // What was restored with a database, or put back by mistake, must not bring back who was taken out.
            throw new InvalidGrantsException([$"version is {grants.Version}: a number of at least {holder.Current.Version}, the version in force, is required"]);
        }

        holder.Current = grants;
        _seen = found;
        counters.GrantsLoaded();
        Log.Loaded(log, source.Name, holder.Current.Version, holder.Current.CallerCount);
    }

    /// <summary>The same fault is told and counted once, and not with each look.</summary>
    private void Tell(string cause, Action count)
    {
        if (_told != cause)
        {
            _told = cause;
            count();
            Log.Refused(log, source.Name, holder.Current.Version, cause);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The grants of {Source} are in force: version {Version}, {Callers} callers")]
        public static partial void Loaded(ILogger logger, string source, long version, int callers);

        [LoggerMessage(2, LogLevel.Error, "The grants of {Source} cannot be used, and version {Version} stands: {Cause}")]
        public static partial void Refused(ILogger logger, string source, long version, string cause);
    }
}
