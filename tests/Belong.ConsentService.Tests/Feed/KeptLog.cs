using System.Collections.Concurrent;
using Belong.ConsentService.Audit;
using Belong.ConsentService.Feed;
using Microsoft.Extensions.Logging;

namespace Belong.ConsentService.Tests.Feed;

/// <summary>What the feeds of a test had to say, for the message of a failure.</summary>
internal sealed class KeptLog : ILogger<FeedWorker>, ILogger<AuditWorker>
{
    private const int MaxLines = 200;
    private readonly ConcurrentQueue<string> _lines = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue($"{TimeProvider.System.GetUtcNow():ss.fff} {logLevel}: {formatter(state, exception)} {exception?.Message}");
        if (_lines.Count > MaxLines)
        {
            _lines.TryDequeue(out _);
        }
    }

    public override string ToString() => string.Join('\n', _lines);
}
