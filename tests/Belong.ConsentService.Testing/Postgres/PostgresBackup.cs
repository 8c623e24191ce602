namespace Belong.ConsentService.Testing.Postgres;

/// <summary>All data of a PostgreSQL as of one moment; gone with the server.</summary>
public sealed class PostgresBackup
{
    internal PostgresBackup(string folder) => Folder = folder;

    internal string Folder { get; }
}
