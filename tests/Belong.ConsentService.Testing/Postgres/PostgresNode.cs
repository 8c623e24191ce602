using System.Globalization;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Testing.Postgres;

/// <summary>A PostgreSQL from local binaries on a port that it keeps, alone or one of a pair.</summary>
internal sealed class PostgresNode : IAsyncDisposable
{
    private readonly HeldPort _port;

    private PostgresNode(PostgresData data, HeldPort port, LocalHost host)
    {
        Data = data;
        _port = port;
        Host = host;
    }

    public PostgresData Data { get; }

    public LocalHost Host { get; }

    public int Port => _port.Number;

    /// <summary>Of a superuser, to the database "postgres".</summary>
    public string ConnectionString =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres");

    /// <summary>Serves data that is already made.</summary>
    public static async Task<PostgresNode> StartAsync(PostgresData data, string[] settings, CancellationToken cancellation)
    {
        var port = new HeldPort();
        var command = data.Serve(port.Number, [.. PostgresServer.Settings, .. settings]);
        var node = new PostgresNode(data, port, await LocalHost.StartAsync(command));
        try
        {
            await node.WhenReadyAsync(cancellation);
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }

        return node;
    }

    public Task KillAsync(CancellationToken cancellation) => Host.KillAsync(cancellation);

    public async Task StartAgainAsync(CancellationToken cancellation)
    {
        await Host.StartAgainAsync(cancellation);
        await WhenReadyAsync(cancellation);
    }

    public Task<PostgresBackup> TakeBackupAsync(CancellationToken cancellation) => Data.TakeBackupAsync(Port, cancellation);

    /// <summary>Kills it, and starts it again with the data of the backup and nothing later.</summary>
    public async Task RestoreAsync(PostgresBackup backup, bool asNewSystem, CancellationToken cancellation)
    {
        await KillAsync(cancellation);
        if (asNewSystem)
        {
            await Data.PutBackAsNewSystemAsync(backup, cancellation);
        }
        else
        {
            await Data.PutBackAsync(backup, cancellation);
        }

        await StartAgainAsync(cancellation);
    }

    public Task<object?> AskAsync(string sql, CancellationToken cancellation) => PostgresAsking.AskAsync(ConnectionString, sql, cancellation);

    public Task<bool> IsTrueAsync(string condition, CancellationToken cancellation) =>
        PostgresAsking.IsTrueAsync(ConnectionString, condition, cancellation);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _port.Dispose();
    }

    private Task WhenReadyAsync(CancellationToken cancellation) =>
        Waiting.UntilReadyAsync(Host, token => AskAsync("SELECT 1", token), cancellation);
}
