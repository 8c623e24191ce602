namespace Belong.ConsentService.Audit;

/// <summary>How what is in Redis is wrong.</summary>
public enum DifferenceKind
{
    /// <summary>A member of PostgreSQL is not there.</summary>
    Missing,
    /// <summary>An older version than Redis claims to hold.</summary>
    Behind,
    /// <summary>The same version with another content, or a value that is damaged or not of this member.</summary>
    Different,
    /// <summary>A version that PostgreSQL does not have.</summary>
    Ahead,
    /// <summary>A member that PostgreSQL does not have.</summary>
    Orphan,
    /// <summary>The register, in whatever way.</summary>
    Register,
}

/// <summary>What the auditor has done since the start. The walks are over the members of PostgreSQL and over the keys of Redis.</summary>
public sealed class AuditCounters
{
    private readonly long[] _differences = new long[Enum.GetValues<DifferenceKind>().Length];
    private long _members;
    private long _keys;
    private long _skippedPages;
    private long _errors;
    private long _memberPasses;
    private long _keyPasses;
    private long _lastPassUnixMs;
    private double _position;

    /// <summary>Members that were compared.</summary>
    public long Members => Interlocked.Read(ref _members);

    /// <summary>Keys of members that were looked up in PostgreSQL.</summary>
    public long Keys => Interlocked.Read(ref _keys);

    /// <summary>Pages that could not be compared; the next pass comes by again.</summary>
    public long SkippedPages => Interlocked.Read(ref _skippedPages);

    public long Errors => Interlocked.Read(ref _errors);

    public long MemberPasses => Interlocked.Read(ref _memberPasses);

    public long KeyPasses => Interlocked.Read(ref _keyPasses);

    /// <summary>When the last pass over the members ended; 0 before the first.</summary>
    public long LastPassUnixMs => Interlocked.Read(ref _lastPassUnixMs);

    /// <summary>How much of the present pass over the members is done, from 0 to 1; about.</summary>
    public double Position => Volatile.Read(ref _position);

    public long DifferencesOf(DifferenceKind kind) => Interlocked.Read(ref _differences[(int)kind]);

    internal void CountMembers(int members) => Interlocked.Add(ref _members, members);

    internal void SetPosition(double position) => Volatile.Write(ref _position, position);

    internal void CountKeys(int keys) => Interlocked.Add(ref _keys, keys);

    internal void CountDifference(DifferenceKind kind) => Interlocked.Increment(ref _differences[(int)kind]);

    internal void CountSkippedPage() => Interlocked.Increment(ref _skippedPages);

    internal void CountError() => Interlocked.Increment(ref _errors);

    internal void CountMemberPass(DateTimeOffset now)
    {
        Interlocked.Increment(ref _memberPasses);
        Interlocked.Exchange(ref _lastPassUnixMs, now.ToUnixTimeMilliseconds());
    }

    internal void CountKeyPass() => Interlocked.Increment(ref _keyPasses);
}
