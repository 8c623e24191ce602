using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Cache;

/// <summary>What a read of one member from Redis came to.</summary>
public enum ReadOutcome : byte
{
    /// <summary>Redis did not answer, or not in time.</summary>
    Unavailable,
    Hit,
    /// <summary>It is on record that there is no such member.</summary>
    NoSuchMember,
    /// <summary>Nothing is cached: PostgreSQL knows.</summary>
    Miss,
    /// <summary>There is a value that says nothing: a miss, and it may be replaced.</summary>
    Corrupt,
}

/// <param name="Facts">With <see cref="ReadOutcome.Hit"/> only.</param>
/// <param name="Damaged">With <see cref="ReadOutcome.Corrupt"/> the value found; empty when it is no string.</param>
/// <param name="TimedOut">With <see cref="ReadOutcome.Unavailable"/>: it was waited for in vain.</param>
/// <param name="IsReserved">With <see cref="ReadOutcome.Miss"/>: somebody is about to fill it.</param>
public readonly record struct MemberRead(ReadOutcome Outcome, MemberFacts? Facts = null, byte[]? Damaged = null, bool TimedOut = false, bool IsReserved = false);

/// <summary>A value on its way to Redis.</summary>
public readonly record struct MemberWrite(string Id, long Version, byte[] Value);
