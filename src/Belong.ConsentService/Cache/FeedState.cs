using Belong.ConsentService.Feed;

namespace Belong.ConsentService.Cache;

/// <summary>What Redis says of itself: which database it mirrors, and up to which snapshot.</summary>
/// <param name="Servers">The run ids of the primaries that hold it.</param>
/// <param name="Mark">In the database as of the snapshot; without one it cannot be told whether the database went back since.</param>
public sealed record FeedState(string Generation, SnapshotCursor Snapshot, long RegisterVersion, string Servers, Guid? Mark);

/// <summary>How a write of the state came out; the numbers are those of the scripts.</summary>
public enum StateWrite
{
    Done = 0,
    /// <summary>There is no state: Redis has lost its data.</summary>
    Missing = 1,
    /// <summary>Another generation is in place.</summary>
    OtherGeneration = 2,
    /// <summary>The state is older than what the write builds on: Redis has lost its newest writes.</summary>
    Behind = 3,
    /// <summary>The state has a mark that the caller has not built on.</summary>
    OtherMark = 4,
    /// <summary>The state is of other servers than those that the caller wrote to.</summary>
    OtherServers = 5,
}
