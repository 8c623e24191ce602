using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;

namespace Belong.ConsentService.Lookup;

/// <summary>What facts must include to be answered by: everything that a snapshot of one database sees, and a version of the register.</summary>
public sealed record FactsCover(string Generation, SnapshotCursor Snapshot, long RegisterVersion)
{
    public bool IsIn(FactsState state) => IsRegisterIn(state) && state.Position is { } position && position.Covers(Snapshot);

    public bool IsRegisterIn(FactsState state) => state.Generation == Generation && state.Register.Version >= RegisterVersion;

    public bool IsIn(DatabasePosition position) => position.Generation == Generation && position.Snapshot.Covers(Snapshot);
}
