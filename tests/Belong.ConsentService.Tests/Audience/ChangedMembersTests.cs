using System.Collections.Concurrent;
using Belong.ConsentService.Audience;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Tests.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Belong.ConsentService.Tests.Audience;

/// <summary>How PostgreSQL is asked who changed.</summary>
public sealed class ChangedMembersTests(FactsFixture facts) : IClassFixture<FactsFixture>
{
    /// <summary>PostgreSQL sends its plans along with the answers.</summary>
    private const string Explained =
        "-c session_preload_libraries=auto_explain -c auto_explain.log_min_duration=0 -c auto_explain.log_analyze=on -c client_min_messages=log";

    /// <summary>A plan that counts as dear is compiled by PostgreSQL before it runs, which takes tens of milliseconds each time.</summary>
    [Fact]
    public async Task No_plan_scans_a_table_of_members_and_none_is_compiled()
    {
        using var notices = new Notices();
        await using var source = CreateExplained(notices);
        var changed = new ChangedMembers(source, new Lineage(), TimeProvider.System);
        await facts.ScalarAsync<long>("WITH put AS (INSERT INTO member (id, facts) SELECT 'p' || n, '{}' FROM generate_series(1, 50) n RETURNING id) SELECT count(*) FROM put");
        var now = Instant.From(DateTimeOffset.UtcNow);
        var page = await changed.ReadAsync(SnapshotCursor.Parse("3:5:3"), now, ChangedCursor.From(now), default);
        Assert.Equal(50, page.Ids.Count);
        var plans = notices.Texts.Where(text => text.Contains("Query Text:", StringComparison.Ordinal)).ToList();
        Assert.Contains(plans, plan => plan.Contains("member_boundary", StringComparison.Ordinal));
        Assert.DoesNotContain(plans, plan => plan.Contains("JIT:", StringComparison.Ordinal) || plan.Contains("Seq Scan on member", StringComparison.Ordinal));
    }

    private NpgsqlDataSource CreateExplained(Notices notices)
    {
        var builder = new NpgsqlDataSourceBuilder(facts.ConnectionString);
        builder.ConnectionStringBuilder.Options = Explained;
        builder.UseLoggerFactory(LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(notices)));
        return builder.Build();
    }

    /// <summary>Keeps what Npgsql logs, notices of the server among it.</summary>
    private sealed class Notices : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _texts = new();

        public IEnumerable<string> Texts => _texts;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _texts.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
