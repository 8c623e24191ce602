using Belong.ConsentService.Feed;
using Npgsql;

namespace Belong.ConsentService.Tests.Feed;

/// <summary>Transaction ids that go by.</summary>
internal static class Transactions
{
    /// <summary>Gives out ids until a snapshot shows all that another does: by ids alone nothing can be told.</summary>
    public static async Task OvertakeAsync(NpgsqlDataSource source, SnapshotCursor other)
    {
        await using var burn = source.CreateCommand("DO $$ BEGIN FOR i IN 1..100 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
        await using var read = source.CreateCommand("SELECT pg_current_snapshot()::text");
        do
        {
            await burn.ExecuteNonQueryAsync();
        }
        while (!SnapshotCursor.Parse((string)(await read.ExecuteScalarAsync())!).Covers(other));
    }
}
