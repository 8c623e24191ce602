namespace Belong.ConsentService.Cache;

/// <summary>
/// The right to put into the cache what is read from PostgreSQL from now on. Its mark stands in the place of the value and is
/// like no other: whatever the feed writes, and whatever becomes of that, the mark is gone and the right with it. So
/// what was read before a newer write never takes its place.
/// </summary>
/// <param name="Generation">Whose key it is.</param>
/// <param name="Id">The member.</param>
/// <param name="Mark">What stands in Redis meanwhile.</param>
/// <param name="IsMark">It says nothing of the member. False for a sound value that is to be replaced by a newer one.</param>
public sealed record MemberReservation(string Generation, string Id, byte[] Mark, bool IsMark = true);
