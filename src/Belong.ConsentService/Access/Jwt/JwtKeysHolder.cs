namespace Belong.ConsentService.Access.Jwt;

/// <summary>The keys that tokens are judged by, while they may be trusted.</summary>
internal sealed class JwtKeysHolder(JwtSettings settings, TimeProvider time)
{
    private static readonly TimeSpan SoonestRefresh = TimeSpan.FromSeconds(10);

    private volatile TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile JwtKeys? _keys;
    private long _readAt;
    private long _wantedAt = time.GetTimestamp() - (long)(SoonestRefresh.TotalSeconds * time.TimestampFrequency);

    public bool IsOn => settings.IsOn;

    /// <summary>Null before they were read, and when they could not be read anew for too long.</summary>
    public JwtKeys? Current => _keys is { } keys && Age <= TimeSpan.FromSeconds(settings.MaxKeysAgeSeconds) ? keys : null;

    /// <summary>Since they were read well.</summary>
    public TimeSpan Age => _keys is null ? TimeSpan.MaxValue : time.GetElapsedTime(Volatile.Read(ref _readAt));

    /// <exception cref="InvalidKeysException">The keys before stand.</exception>
    public bool Take(string text)
    {
        var isNew = _keys?.Text != text;
        if (isNew)
        {
            _keys = JwtKeys.Read(text, settings, time);
        }

        Volatile.Write(ref _readAt, time.GetTimestamp());
        return isNew;
    }

    /// <summary>A token names a key that is not known: asks for the keys to be read anew.</summary>
    public void Want() => _wanted.TrySetResult();

    /// <summary>Waits until the keys are to be read again: after a time, or when they are wanted, but then at most once in ten seconds.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(Task.Delay(longest, time, over.Token), _wanted.Task);
        await over.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        if (!_wanted.Task.IsCompleted)
        {
            return;
        }

        var since = time.GetElapsedTime(_wantedAt);
        if (since < SoonestRefresh)
        {
            await Task.Delay(SoonestRefresh - since < longest ? SoonestRefresh - since : longest, time, cancellation);
        }

        _wantedAt = time.GetTimestamp();
        _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
