using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Registry;
using Belong.ConsentService.Testing.Mix;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>
/// The members of the mix straight into PostgreSQL, with the register that they need: the facts that the registry would
/// record, without their history and many times as fast.
/// </summary>
internal static class MixLoad
{
    private const int Streams = 2;

    /// <summary>A feed reads the last thousand transactions again when it begins: the load is not to be among them.</summary>
    private const string PassTransactions = "DO $$ BEGIN FOR i IN 1..2000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$";

    private static readonly TimeSpan CopyTimeout = TimeSpan.FromMinutes(10);
    private static readonly WriteOrigin Origin = new("consent-dev", "consent-dev", "measure", "mix");

    /// <summary>Applies the migrations, fills an empty database, and leaves it as a day's vacuum would.</summary>
    public static async Task RunAsync(NpgsqlDataSource database, int members, int seed = 1)
    {
        await new FactsDatabase(database, NullLogger<FactsDatabase>.Instance).MigrateAsync(default);
        await new VendorRegister(database, TimeProvider.System, new RegistrySettings(), new WriteGuard()).RecordAsync(Origin, [.. DemoRegister.Changes], default);
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(stream => Task.Run(() => CopyAsync(database, members, seed, stream))));
        foreach (var rest in (string[])["VACUUM (ANALYZE) member", PassTransactions, "CHECKPOINT"])
        {
            await using var command = database.CreateCommand(rest);
            command.CommandTimeout = (int)CopyTimeout.TotalSeconds;
            await command.ExecuteNonQueryAsync();
        }
    }

    private static async Task CopyAsync(NpgsqlDataSource database, int members, int seed, int stream)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var copy = await connection.BeginBinaryImportAsync("COPY member (id, version, facts) FROM STDIN (FORMAT BINARY)");
        copy.Timeout = CopyTimeout;
        var recordedAt = Times.Now(TimeProvider.System);
        for (var index = 1 + stream; index <= members; index += Streams)
        {
            var member = MemberMix.Get(seed, index);
            await copy.StartRowAsync();
            await copy.WriteAsync(member.Id, NpgsqlDbType.Text);
            await copy.WriteAsync(member.IsErasedLater ? 2L : 1L, NpgsqlDbType.Bigint);
            await copy.WriteAsync(FactsOf(member, recordedAt), NpgsqlDbType.Jsonb);
        }

        await copy.CompleteAsync();
    }

    private static byte[] FactsOf(MixMember member, Rules.Instant recordedAt)
    {
        IList<MemberChange> changes = [.. member.Changes];
        if (member.IsErasedLater)
        {
            changes.Add(new MemberChange { Erasure = new Erasure() });
        }

        return FactsJson.Write(MemberRegistry.ApplyAll(null, changes, member.Id, recordedAt, Origin).After);
    }
}
