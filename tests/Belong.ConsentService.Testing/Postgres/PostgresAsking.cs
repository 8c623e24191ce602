using System.Globalization;
using Npgsql;

namespace Belong.ConsentService.Testing.Postgres;

/// <summary>One statement on a connection of its own: a pooled one would outlive a kill and hide that the server is up again.</summary>
internal static class PostgresAsking
{
    private static int _databases;

    public static async Task<object?> AskAsync(string connectionString, string sql, CancellationToken cancellation)
    {
        var own = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
        await using var connection = new NpgsqlConnection(own);
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellation);
    }

    /// <summary>False also when there is no answer.</summary>
    public static async Task<bool> IsTrueAsync(string connectionString, string condition, CancellationToken cancellation)
    {
        try
        {
            return await AskAsync(connectionString, $"SELECT {condition}", cancellation) is true;
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Makes an empty database that no other test has, and returns its name.</summary>
    public static async Task<string> CreateDatabaseAsync(string connectionString, CancellationToken cancellation)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}_{Guid.NewGuid().ToString("N")[..6]}");
        await AskAsync(connectionString, $"CREATE DATABASE {name}", cancellation);
        return name;
    }
}
