namespace Belong.ConsentService.Access.Tls;

/// <summary>Looks for new certificates. Those that cannot be used are named and counted, and the last good ones stand.</summary>
internal sealed partial class TlsWorker(TlsHolder holder, AccessSettings settings, AccessCounters counters, TimeProvider time, ILogger<TlsWorker> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(settings.ReloadMs), time);
        var told = "";
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (holder.Load())
                {
                    counters.CertificatesLoaded();
                    Log.Loaded(log, holder.Current!.NotAfter);
                }

                told = "";
            }
            catch (Exception e)
            {
                if (told != e.Message)
                {
                    // The same fault is told and counted once, and not with each look.
                    counters.CertificatesRefused();
                    Log.Refused(log, e.Message);
                    told = e.Message;
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "New certificates are in force for new connections, until {NotAfter:O}")]
        public static partial void Loaded(ILogger logger, DateTime notAfter);

        [LoggerMessage(2, LogLevel.Error, "New certificates cannot be used, and the last good ones stand: {Cause}")]
        public static partial void Refused(ILogger logger, string cause);
    }
}
