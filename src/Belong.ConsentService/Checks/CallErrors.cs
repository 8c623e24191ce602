using Belong.ConsentService.Hosting;
using Grpc.Core;

namespace Belong.ConsentService.Checks;

/// <summary>What becomes of an error that ends a call.</summary>
public sealed partial class CallErrors(ConsentMetrics metrics, ILogger<CallErrors> logger)
{
    /// <summary>Counts who has gone, logs what was not foreseen, and lets all of it pass.</summary>
    public bool Note(Exception error, ServerCallContext context)
    {
        if (error is RpcException)
        {
            return false;
        }

        if (context.CancellationToken.IsCancellationRequested)
        {
            // Nobody's failure.
            metrics.Abandoned();
        }
        else
        {
            Log.Failed(logger, context.Method, error);
        }

        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} failed")]
        public static partial void Failed(ILogger logger, string method, Exception error);
    }
}
