using Belong.ConsentService.Feed;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Audience;

/// <summary>Up to where a list was judged: every change that it covers is in the verdicts.</summary>
public sealed record ListPosition(string Generation, SnapshotCursor Snapshot, Instant At, ulong RegisterPrint);
