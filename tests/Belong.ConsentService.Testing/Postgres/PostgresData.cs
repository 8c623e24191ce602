using System.Globalization;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Testing.Postgres;

/// <summary>The data folder of a PostgreSQL from local binaries, and how it is made, copied and replaced.</summary>
internal sealed class PostgresData
{
    private const string AutoConfig = "postgresql.auto.conf";

    private static int _backups;

    private readonly string _programs;
    private readonly string? _user;

    private PostgresData(string programs, string? user, string folder)
    {
        _programs = programs;
        _user = user;
        Folder = folder;
    }

    public string Folder { get; }

    private string Data => Path.Combine(Folder, "data");

    /// <summary>An empty folder: the data is still to be made.</summary>
    public static async Task<PostgresData> CreateAsync(CancellationToken cancellation)
    {
        var programs = Binaries.FindPostgres() ?? throw new InvalidOperationException("PostgreSQL is not installed.");
        // Its programs refuse to run as root.
        var user = Kernel.IsRoot ? "postgres" : null;
        return new PostgresData(programs, user, await ServerFolder.CreateAsync("postgres", user, cancellation));
    }

    /// <summary>A new system: an identifier of its own, and transaction ids from the beginning.</summary>
    public Task InitialiseAsync(CancellationToken cancellation) => RunAsync(
        [Program("initdb"), "-D", Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], cancellation);

    /// <summary>A copy of a running primary that will follow it.</summary>
    public async Task FollowAsync(int primaryPort, CancellationToken cancellation)
    {
        Wipe();
        await RunAsync([.. BaseBackup(primaryPort, Data), "--write-recovery-conf"], cancellation);
    }

    public async Task<PostgresBackup> TakeBackupAsync(int port, CancellationToken cancellation)
    {
        var backup = new PostgresBackup(Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"backup-{Interlocked.Increment(ref _backups)}")));
        await RunAsync(BaseBackup(port, backup.Folder), cancellation);
        return backup;
    }

    /// <summary>The data of the backup and nothing later; the same system.</summary>
    public async Task PutBackAsync(PostgresBackup backup, CancellationToken cancellation)
    {
        await ReplaceAsync(backup.Folder, cancellation);
        // What was set at run time, such as a standby to wait for, belongs to the time of the backup.
        await File.WriteAllTextAsync(Path.Combine(Data, AutoConfig), "", cancellation);
    }

    /// <summary>The contents of the backup as a dump loaded into a new system.</summary>
    public async Task PutBackAsNewSystemAsync(PostgresBackup backup, CancellationToken cancellation)
    {
        var oldData = await CreateAsync(cancellation);
        await oldData.PutBackAsync(backup, cancellation);
        await using var old = await PostgresNode.StartAsync(oldData, [], cancellation);
        var freshData = await CreateAsync(cancellation);
        await freshData.InitialiseAsync(cancellation);
        await using var fresh = await PostgresNode.StartAsync(freshData, [], cancellation);

        var dump = Path.Combine(freshData.Folder, "dump.sql");
        await freshData.RunAsync([Program("pg_dumpall"), .. Server(old.Port), "--no-sync", "-f", dump], cancellation);
        await freshData.RunAsync(["sed", "-i", "/^CREATE ROLE postgres;$/d", dump], cancellation);
        await freshData.RunAsync([Program("psql"), .. Server(fresh.Port), "-d", "postgres", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", dump], cancellation);
        await fresh.KillAsync(cancellation);
        await ReplaceAsync(freshData.Data, cancellation);
    }

    public LocalCommand Serve(int port, string[] settings) => new(_user, Folder,
    [
        Program("postgres"), "-D", Data, "-p", port.ToString(CultureInfo.InvariantCulture),
        "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", .. settings,
    ]);

    private static string[] Server(int port) => ["-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-U", "postgres"];

    private string[] BaseBackup(int port, string folder) =>
        [Program("pg_basebackup"), .. Server(port), "-D", folder, "--wal-method=stream", "--checkpoint=fast", "--no-sync"];

    private string Program(string name) => Path.Combine(_programs, name);

    private void Wipe()
    {
        if (Directory.Exists(Data))
        {
            Directory.Delete(Data, recursive: true);
        }
    }

    private Task ReplaceAsync(string from, CancellationToken cancellation)
    {
        Wipe();
        return RunAsync(["cp", "--archive", from, Data], cancellation);
    }

    private Task RunAsync(string[] words, CancellationToken cancellation) => new LocalCommand(_user, Folder, words).RunAsync(cancellation);
}
