namespace Belong.ConsentService.Access;

/// <summary>What became of credentials, grants, keys and certificates since the start.</summary>
public sealed class AccessCounters
{
    private readonly long[] _refused = new long[Enum.GetValues<AccessRefusal>().Length];
    private long _grantsLoaded;
    private long _grantsRefused;
    private long _grantsUnreadable;
    private long _certificatesLoaded;
    private long _certificatesRefused;
    private long _jwtKeysErrors;
    private long _claimsRecorded;
    private long _claimsRefused;
    private long _grantsReadAt = long.MinValue;
    private volatile bool _isNewestRefused;

    public long GrantsLoadedCount => Interlocked.Read(ref _grantsLoaded);

    public long GrantsRefusedCount => Interlocked.Read(ref _grantsRefused);

    public long GrantsUnreadableCount => Interlocked.Read(ref _grantsUnreadable);

    public long CertificatesLoadedCount => Interlocked.Read(ref _certificatesLoaded);

    public long CertificatesRefusedCount => Interlocked.Read(ref _certificatesRefused);

    public long JwtKeysErrorCount => Interlocked.Read(ref _jwtKeysErrors);

    public long ClaimsRecordedCount => Interlocked.Read(ref _claimsRecorded);

    public long ClaimsRefusedCount => Interlocked.Read(ref _claimsRefused);

    /// <summary>When the newest version was last read and could be used; null before the first time.</summary>
    public long? GrantsReadTimestamp => Interlocked.Read(ref _grantsReadAt) is var at and not long.MinValue ? at : null;

    /// <summary>The newest version of the grants cannot be used, and an older one stands.</summary>
    public bool IsNewestRefused => _isNewestRefused;

    public long RefusedCount(AccessRefusal cause) => Interlocked.Read(ref _refused[(int)cause]);

    public void Refused(AccessRefusal cause) => Interlocked.Increment(ref _refused[(int)cause]);

    public void GrantsRead(long timestamp) => Interlocked.Exchange(ref _grantsReadAt, timestamp);

    public void GrantsLoaded()
    {
        Interlocked.Increment(ref _grantsLoaded);
        _isNewestRefused = false;
    }

    public void GrantsRefused()
    {
        Interlocked.Increment(ref _grantsRefused);
        _isNewestRefused = true;
    }

    /// <summary>What stands is what was put in force before: the newest version is no longer one that was refused.</summary>
    public void GrantsUnchanged() => _isNewestRefused = false;

    public void GrantsUnreadable() => Interlocked.Increment(ref _grantsUnreadable);

    public void CertificatesLoaded() => Interlocked.Increment(ref _certificatesLoaded);

    public void CertificatesRefused() => Interlocked.Increment(ref _certificatesRefused);

    public void JwtKeysFailed() => Interlocked.Increment(ref _jwtKeysErrors);

    public void ClaimRecorded() => Interlocked.Increment(ref _claimsRecorded);

    public void ClaimRefused() => Interlocked.Increment(ref _claimsRefused);
}

/// <summary>Why a call was not let in.</summary>
public enum AccessRefusal
{
    NoCredentials = 0,
    KeyUnknown = 1,
    TokenInvalid = 2,
    CertificateUnknown = 3,
    RpcNotGranted = 4,
    RateLimited = 5,
    GrantsUnknown = 6,
}
