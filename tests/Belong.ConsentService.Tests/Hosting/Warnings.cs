using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Belong.ConsentService.Tests.Hosting;

/// <summary>Keeps the log lines from Warning on, but for those of a category that a test expects.</summary>
internal sealed class Warnings : ILoggerProvider
{
    private const int MaxLines = 1_000;
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>Without those whose category ends so.</summary>
    public IReadOnlyList<string> Without(params string[] categories) =>
        [.. _lines.Where(line => !categories.Any(category => line.Contains($"{category}: ", StringComparison.Ordinal)))];

    public ILogger CreateLogger(string categoryName) => new Log(categoryName, _lines);

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Log(string category, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel) && lines.Count < MaxLines)
            {
                lines.Enqueue($"{logLevel} {category}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
