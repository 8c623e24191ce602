using Belong.Consent.V1;

namespace Belong.ConsentService.Client;

/// <summary>What a watch tells: one of <see cref="MembersJudged"/>, <see cref="EverythingJudgedAnew"/> and <see cref="WatchProgress"/>.</summary>
public abstract class WatchEvent
{
    private protected WatchEvent()
    {
    }
}

/// <summary>Members whose answer may have changed, with the answer of now. The watch knows no list: look up your own.</summary>
public sealed class MembersJudged : WatchEvent
{
    internal MembersJudged(IReadOnlyList<MemberVerdict> verdicts) => Verdicts = verdicts;

    /// <summary>The last verdict on a member counts.</summary>
    public IReadOnlyList<MemberVerdict> Verdicts { get; }
}

/// <summary>The answers of all members rest on something that changed: screen again what is not sent yet, and watch from the position of that screening.</summary>
public sealed class EverythingJudgedAnew : WatchEvent
{
    internal EverythingJudgedAnew(EverythingChanged.Types.Cause cause) => Cause = cause;

    /// <summary>What changed.</summary>
    public EverythingChanged.Types.Cause Cause { get; }
}

/// <summary>How far the watch is. Comes at least once a second while the service is reached, and when its connection is lost.</summary>
public sealed class WatchProgress : WatchEvent
{
    internal WatchProgress(string position, TimeSpan? age, bool isCurrent) => (Position, Age, IsCurrent) = (position, age, isCurrent);

    /// <summary>All changes that it covers have been told. Keep it to go on from here after a restart.</summary>
    public string Position { get; }

    /// <summary>Every change older than this has been told; null while the service is not reached.</summary>
    public TimeSpan? Age { get; }

    /// <summary>False: do not send until it is true again.</summary>
    public bool IsCurrent { get; }
}
