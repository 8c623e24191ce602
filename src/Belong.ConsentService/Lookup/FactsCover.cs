using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;

namespace Belong.ConsentService.Lookup;

/// <summary>What facts must include to be answered by: everything that a snapshot of one database sees.</summary>
public sealed record FactsCover(string Generation, SnapshotCursor Snapshot)
{
    public bool IsIn(FactsState state) => state.Generation == Generation && state.Position is { } position && position.Covers(Snapshot);

    public bool IsIn(DatabasePosition position) => position.Generation == Generation && position.Snapshot.Covers(Snapshot);
}
