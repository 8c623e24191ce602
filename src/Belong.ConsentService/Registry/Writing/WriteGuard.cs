using Belong.ConsentService.Database;
using Belong.ConsentService.Lookup;
using Npgsql;

namespace Belong.ConsentService.Registry;

/// <summary>
/// Refuses to write to a database that was put back and that nobody has given a new generation yet: tokens of its
/// transactions would be measured by those of before. What an instance without lookups does not know it does not demand.
/// </summary>
public sealed class WriteGuard(Lineage? lineage = null, FactsStateHolder? holder = null)
{
    /// <summary>For <see cref="HistoryStore.ReadGenerationAsync"/>.</summary>
    internal NpgsqlBatchCommand GenerationCommand() => FactsDatabase.GenerationCommand(lineage?.Known ?? LineageMark.None);

    /// <summary>To be called before COMMIT: a transaction that the feed has seen ended, and that goes on here, is another one.</summary>
    internal void RequireUnseen(string generation, ulong xid)
    {
        if (holder?.Current is { Position: { } position } state && state.Generation == generation && position.Sees(xid))
        {
            throw StoreErrors.Restored();
        }
    }
}
