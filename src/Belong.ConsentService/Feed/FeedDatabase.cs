using System.Globalization;
using Belong.ConsentService.Database;
using Npgsql;

namespace Belong.ConsentService.Feed;

/// <summary>The feed's ways into PostgreSQL. The pool serves what is short; what is kept open is opened apart.</summary>
public sealed class FeedDatabase : IAsyncDisposable
{
    /// <summary>The channel that the triggers notify; the schema names it too.</summary>
    public const string Channel = "consent_facts";

    private const int KeepAliveSeconds = 10;
    private const int KeptMarks = 10_000;

    // Flushed, lest a crash takes a mark back that was seen; and no standby is waited for: a failover is noticed anyway.
    private static readonly string BeatSql = string.Create(CultureInfo.InvariantCulture, $"""
        WITH added AS (INSERT INTO lineage DEFAULT VALUES RETURNING seq),
            pruned AS (DELETE FROM lineage WHERE seq <= (SELECT seq FROM added) - {KeptMarks})
        SELECT set_config('synchronous_commit', 'local', true), pg_notify('{Channel}', '')
        """);

    private readonly NpgsqlDataSource _apart;

    /// <param name="connectionString">Straight to the server: LISTEN bears no pooler in between.</param>
    public FeedDatabase(FactsDatabase facts, NpgsqlDataSource pool, string connectionString)
    {
        Facts = facts;
        Pool = pool;
        _apart = FactsDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            KeepAlive = KeepAliveSeconds,
        }.ConnectionString);
    }

    public FactsDatabase Facts { get; }

    public NpgsqlDataSource Pool { get; }

    /// <summary>Adds a mark to the lineage, and notifies.</summary>
    internal async Task BeatAsync(CancellationToken cancellation)
    {
        await using var command = Pool.CreateCommand(BeatSql);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    internal ValueTask<NpgsqlConnection> OpenApartAsync(CancellationToken cancellation) => _apart.OpenConnectionAsync(cancellation);

    public ValueTask DisposeAsync() => _apart.DisposeAsync();
}
