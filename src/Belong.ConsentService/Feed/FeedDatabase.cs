using Belong.ConsentService.Database;
using Npgsql;

namespace Belong.ConsentService.Feed;

/// <summary>The feed's ways into PostgreSQL. The pool serves what is short; what is kept open is opened apart.</summary>
public sealed class FeedDatabase : IAsyncDisposable
{
    /// <summary>The channel that the triggers notify; the schema names it too.</summary>
    public const string Channel = "consent_facts";

    private const int KeepAliveSeconds = 10;

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

    internal ValueTask<NpgsqlConnection> OpenApartAsync(CancellationToken cancellation) => _apart.OpenConnectionAsync(cancellation);

    public ValueTask DisposeAsync() => _apart.DisposeAsync();
}
