namespace Belong.ConsentService.Access.Jwt;

/// <summary>Follows the issuer's keys, in a file or at an address. When they cannot be read, those before stand for a time.</summary>
internal sealed partial class JwtKeysWorker(JwtKeysHolder holder, AccessSettings settings, AccessCounters counters, ILogger<JwtKeysWorker> log) : BackgroundService
{
    private const int MaxBytes = 1024 * 1024;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryWait = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout,
        MaxResponseContentBufferSize = MaxBytes,
    };

    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _told = "";

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        await Task.WhenAny(_tried.Task, Task.Delay(FirstWait, cancellationToken));
    }

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            var isRead = await TryReadAsync(stoppingToken);
            _tried.TrySetResult();
            await holder.WaitAsync(WaitAfter(isRead), stoppingToken);
        }
    }

    private TimeSpan WaitAfter(bool isRead) => settings.Jwt.KeysFile.Length > 0 ? TimeSpan.FromMilliseconds(settings.ReloadMs)
        : isRead ? TimeSpan.FromSeconds(settings.Jwt.RefreshSeconds)
        : RetryWait;

    private async Task<bool> TryReadAsync(CancellationToken cancellation)
    {
        try
        {
            if (holder.Take(await ReadAsync(cancellation)))
            {
                Log.Loaded(log, holder.Current?.Count ?? 0);
            }

            _told = "";
            return true;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            counters.JwtKeysFailed();
            if (_told != e.Message)
            {
                _told = e.Message;
                Log.Failed(log, e.Message);
            }

            return false;
        }
    }

    private Task<string> ReadAsync(CancellationToken cancellation)
    {
        if (settings.Jwt.KeysFile.Length == 0)
        {
            return _http.GetStringAsync(settings.Jwt.KeysUrl, cancellation);
        }

        return new FileInfo(settings.Jwt.KeysFile) is { Exists: true, Length: > MaxBytes }
            ? throw new InvalidKeysException($"it has more than {MaxBytes} bytes")
            : File.ReadAllTextAsync(settings.Jwt.KeysFile, cancellation);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Count} keys of the issuer are in force")]
        public static partial void Loaded(ILogger logger, int count);

        [LoggerMessage(2, LogLevel.Error, "The keys of the issuer cannot be read, and those before stand until they are too old: {Cause}")]
        public static partial void Failed(ILogger logger, string cause);
    }
}
