namespace Belong.ConsentService.Cli.Audience;

/// <summary>
/// The chunks of a list between the task that sends and the one that receives. No more than a few are unanswered at once;
/// what a lost connection left unanswered is sent again first.
/// </summary>
internal sealed class ChunkQueue(IdLines source) : IDisposable
{
    private const int MaxUnanswered = 8;

    private readonly Lock _lock = new();
    private readonly Queue<IdChunk> _unanswered = new();
    private SemaphoreSlim _room = new(MaxUnanswered);
    private Task<IdChunk?>? _reading;
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

    /// <summary>The next chunk to send, or null at the end; waits while too many are unanswered.</summary>
    public async Task<IdChunk?> TakeAsync(CancellationToken cancellation)
    {
        await _room.WaitAsync(cancellation);
        lock (_lock)
        {
            if (_sent < _unanswered.Count)
            {
                return _unanswered.ElementAt(_sent++);
            }
        }

        // A terminal or a pipe can block for ever, whatever the token says; the read is taken up by the next stream.
        _reading ??= Task.Run(source.ReadAsync, CancellationToken.None);
        var chunk = await _reading.WaitAsync(cancellation);
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
    public IdChunk? Oldest()
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
}
