namespace Belong.ConsentService.Client.Lists;

/// <summary>
/// The chunks of a list between the task that sends and the one that receives. No more than a few are unanswered at once;
/// what a lost connection left unanswered is sent again first.
/// </summary>
/// <param name="read">The next chunk, or null at the end; one at a time, and never again after the end.</param>
/// <param name="clock">Measures how long the list is waited for.</param>
internal sealed class ChunkQueue<TChunk>(Func<Task<TChunk?>> read, TimeProvider clock) : IDisposable
    where TChunk : class, IScreenChunk
{
    private const int MaxUnanswered = 8;

    /// <summary>A list that is still being written is not waited for with an open stream: the service would end it.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Queue<TChunk> _unanswered = new();
    private SemaphoreSlim _room = new(MaxUnanswered);
    private Task<TChunk?>? _reading;
    private int _sent;
    private bool _hasEnded;

    /// <summary>Everything was taken from the list, and nothing is left to answer.</summary>
    public bool IsDone
    {
        get
        {
            lock (_lock)
            {
                return _hasEnded && _unanswered.Count == 0;
            }
        }
    }

    /// <summary>For a new stream, while no task takes.</summary>
    public void Rewind()
    {
        _sent = 0;
        _room.Dispose();
        _room = new SemaphoreSlim(MaxUnanswered);
    }

    /// <summary>Waits for something to send, while no task takes. False when there is nothing more.</summary>
    public async Task<bool> WaitAsync(CancellationToken cancellation)
    {
        if (!_hasEnded && _unanswered.Count == 0)
        {
            _hasEnded = await Reading().WaitAsync(cancellation) is null;
        }

        return !IsDone;
    }

    /// <summary>The next chunk to send, or null when none comes; waits while too many are unanswered.</summary>
    public async Task<TChunk?> TakeAsync(CancellationToken cancellation)
    {
        await _room.WaitAsync(cancellation);
        lock (_lock)
        {
            if (_sent < _unanswered.Count)
            {
                return _unanswered.ElementAt(_sent++);
            }
        }

        if (!await IsReadAsync(cancellation))
        {
            return null;
        }

        var chunk = await Reading();
        _reading = null;
        lock (_lock)
        {
            if (chunk is null)
            {
                _hasEnded = true;
                return null;
            }

            _unanswered.Enqueue(chunk);
            _sent++;
            return chunk;
        }
    }

    /// <summary>The oldest chunk that was sent and is not answered; null when there is none.</summary>
    public TChunk? Oldest()
    {
        lock (_lock)
        {
            return _sent > 0 ? _unanswered.Peek() : null;
        }
    }

    public void Answered()
    {
        lock (_lock)
        {
            _unanswered.Dequeue();
            _sent--;
        }

        _room.Release();
    }

    public void Dispose() => _room.Dispose();

    /// <summary>A terminal or a pipe can block for ever, whatever a token says: the read is taken up by the next who waits.</summary>
    private Task<TChunk?> Reading() => _reading ??= Task.Run(read, CancellationToken.None);

    private async Task<bool> IsReadAsync(CancellationToken cancellation)
    {
        try
        {
            await Reading().WaitAsync(IdleLimit, clock, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
