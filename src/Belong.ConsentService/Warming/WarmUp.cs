using System.Runtime;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;

namespace Belong.ConsentService.Warming;

/// <summary>
/// Uses what checks will use before readiness is said, until the JIT has compiled it in its last form or the time is
/// up. What could not be warmed by then no longer keeps the instance from being ready, and is gone on with.
/// </summary>
public sealed partial class WarmUp : BackgroundService
{
    /// <summary>Code is compiled anew after 30 calls, and again after 30 of what that gave.</summary>
    private const int EnoughRounds = 60;

    /// <summary>Compiled within <see cref="QuietSpan"/> beside all work: what the rest of the program does now and then.</summary>
    private const int QuietMethods = 8;

    /// <summary>The JIT waits 100 ms for new code to come to an end before it compiles anew.</summary>
    private static readonly TimeSpan QuietSpan = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan StateInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan RetryWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LateRetryWait = TimeSpan.FromSeconds(1);

    private readonly int _maxMs;
    private readonly Func<IReadOnlyList<IWarmUpPart>> _make;
    private readonly FactsStateHolder _holder;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger<WarmUp> _log;
    private volatile IReadOnlyList<Part> _parts = [];
    private volatile bool _isOver;

    public WarmUp(IServiceProvider services, ConsentSettings settings, FactsStateHolder holder, IHostApplicationLifetime lifetime, ILogger<WarmUp> log)
    {
        _maxMs = settings.WarmUp.MaxMs;
        _isOver = _maxMs == 0;
        _make = () => [new WarmUpChecks(services), new WarmUpBulk(services), new WarmUpDatabase(services), new WarmUpCalls(services), .. WarmUpHttp.MakeWhenOn(services)];
        _holder = holder;
        _lifetime = lifetime;
        _log = log;
    }

    /// <summary>Readiness need not wait for it any longer.</summary>
    public bool IsOver => _isOver;

    /// <summary>What is not warm although it is over.</summary>
    public IReadOnlyList<string> FindCold() => [.. _parts.Where(part => !part.IsWarm).Select(part => part.Name)];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_maxMs == 0)
        {
            return;
        }

        // Stopping begins before this is told to stop.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _lifetime.ApplicationStopping);
        try
        {
            await WaitUntilKnownAsync(stopping.Token);
            _parts = [.. _make().Select(part => new Part(part))];
            await RunAsync(stopping.Token);
            _isOver = true;
            await FinishAsync(stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // It was not ready, and will not be.
        }
        finally
        {
            _isOver = true;
            foreach (var part in _parts)
            {
                part.Dispose();
            }
        }
    }

    /// <summary>Without the register no check is answered, and the instance is not ready anyway.</summary>
    private async Task WaitUntilKnownAsync(CancellationToken stopping)
    {
        while (!_lifetime.ApplicationStarted.IsCancellationRequested || _holder.Current.RegisterFreshAsOf is null)
        {
            await Task.Delay(StateInterval, stopping);
        }
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        end.CancelAfter(_maxMs);
        var running = Task.WhenAll(_parts.Select(part => Task.Run(() => RepeatAsync(part, RetryWait, () => false, end.Token), CancellationToken.None)));
        await WaitUntilSettledAsync(end.Token);
        await end.CancelAsync();
        await running;
        stopping.ThrowIfCancellationRequested();
        Log.Ended(_log, (long)TimeProvider.System.GetElapsedTime(started).TotalMilliseconds, _parts.Min(part => part.Rounds));
        foreach (var part in _parts.Where(part => !part.IsWarm))
        {
            Log.Cold(_log, part.Name, part.Fault);
        }
    }

    /// <summary>Until all is warm and for some time nothing was compiled, or the time is up.</summary>
    private async Task WaitUntilSettledAsync(CancellationToken end)
    {
        long compiled;
        do
        {
            compiled = JitInfo.GetCompiledMethodCount();
            await Task.Delay(QuietSpan, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!end.IsCancellationRequested && (JitInfo.GetCompiledMethodCount() - compiled > QuietMethods || !_parts.All(part => part.IsWarm)));
    }

    /// <summary>What stayed cold: its store may come back.</summary>
    private Task FinishAsync(CancellationToken stopping) =>
        Task.WhenAll(_parts.Select(part => RepeatAsync(part, LateRetryWait, () => part.IsWarm, stopping)));

    private static async Task RepeatAsync(Part part, TimeSpan retryWait, Func<bool> isDone, CancellationToken end)
    {
        while (!end.IsCancellationRequested && !isDone())
        {
            var wait = await part.TryAsync(end) ? part.Rest : retryWait;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private sealed class Part(IWarmUpPart part) : IDisposable
    {
        private int _rounds;

        public string Name => part.Name;

        public TimeSpan Rest => part.Rest;

        public int Rounds => Volatile.Read(ref _rounds);

        public bool IsWarm => Rounds >= EnoughRounds;

        /// <summary>Why the last round failed.</summary>
        public string Fault { get; private set; } = "there was not time enough";

        public async Task<bool> TryAsync(CancellationToken cancellation)
        {
            try
            {
                await part.RunAsync(cancellation);
                Interlocked.Increment(ref _rounds);
                return true;
            }
            catch (Exception e)
            {
                if (!cancellation.IsCancellationRequested)
                {
                    Fault = e.Message;
                }

                return false;
            }
        }

        public void Dispose() => (part as IDisposable)?.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The warm-up took {ElapsedMs} ms; each part ran {Rounds} times or more")]
        public static partial void Ended(ILogger logger, long elapsedMs, int rounds);

        [LoggerMessage(2, LogLevel.Warning, "Not warm yet: {Part}: {Cause}")]
        public static partial void Cold(ILogger logger, string part, string cause);
    }
}
