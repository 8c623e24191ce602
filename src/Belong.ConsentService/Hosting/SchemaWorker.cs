using Belong.ConsentService.Database;

namespace Belong.ConsentService.Hosting;

/// <summary>Applies the migrations at start. When the database is not there it is tried again for ever, and the rest starts meanwhile.</summary>
internal sealed partial class SchemaWorker(FactsDatabase database, TimeProvider time, ILogger<SchemaWorker> log) : BackgroundService
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryWait = TimeSpan.FromSeconds(2);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        await Task.WhenAny(ExecuteTask!, Task.Delay(FirstWait, time, cancellationToken));
        if (ExecuteTask!.IsFaulted)
        {
            // Such as a schema that is not this program's: the start fails, and says why.
            await ExecuteTask;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await database.MigrateAsync(stoppingToken);
                return;
            }
            catch (Exception e) when (e is Npgsql.NpgsqlException or TimeoutException)
            {
                Log.Failed(log, e.Message);
            }

            await Task.Delay(RetryWait, time, stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The migrations could not be applied and are tried again: {Cause}")]
        public static partial void Failed(ILogger logger, string cause);
    }
}
