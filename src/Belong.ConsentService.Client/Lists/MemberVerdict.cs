using Belong.Consent.V1;
using Belong.ConsentService.Client.Lists;

namespace Belong.ConsentService.Client;

/// <summary>
/// The verdict on one member of a list or a watch: exactly one of <see cref="CandidateVerdict"/>, <see cref="RefusedVerdict"/> and
/// <see cref="UndecidedVerdict"/>.
/// </summary>
public abstract class MemberVerdict
{
    private protected MemberVerdict(string memberId, ReasonCode reason) => (MemberId, Reason) = (memberId, reason);

    /// <summary>On whom.</summary>
    public string MemberId { get; }

    /// <summary>The primary reason. That of a candidate says why it may be.</summary>
    public ReasonCode Reason { get; }

    /// <summary>Goes on by the verdict; each case has to be given.</summary>
    public T Match<T>(Func<CandidateVerdict, T> candidate, Func<RefusedVerdict, T> refused, Func<UndecidedVerdict, T> undecided)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(refused);
        ArgumentNullException.ThrowIfNull(undecided);
        return this switch
        {
            CandidateVerdict allowed => candidate(allowed),
            UndecidedVerdict open => undecided(open),
            _ => refused((RefusedVerdict)this),
        };
    }

    internal static MemberVerdict Of(string memberId, in Verdict verdict) => verdict switch
    {
        { IsAllowed: true } => new CandidateVerdict(memberId, verdict.Primary),
        { IsUndecided: true } => new UndecidedVerdict(memberId, verdict.Primary),
        _ => new RefusedVerdict(memberId, verdict.Primary, verdict.Reasons),
    };
}

/// <summary>
/// Allowed when judged. No one to send to yet: only once the screening has been completed, and only while a watch from its
/// position says that it is current and does not tell of this member.
/// </summary>
public sealed class CandidateVerdict : MemberVerdict
{
    internal CandidateVerdict(string memberId, ReasonCode reason)
        : base(memberId, reason)
    {
    }
}

/// <summary>Not allowed.</summary>
public sealed class RefusedVerdict : MemberVerdict
{
    internal RefusedVerdict(string memberId, ReasonCode reason, IReadOnlyList<ReasonCode>? reasons)
        : base(memberId, reason) => Reasons = reasons is null ? [reason] : [.. reasons];

    /// <summary>All reasons when <see cref="ReasonDetail.All"/> was asked for, else the primary one.</summary>
    public IReadOnlyList<ReasonCode> Reasons { get; }
}

/// <summary>Facts on the member could not be read: not allowed, and to be asked again.</summary>
public sealed class UndecidedVerdict : MemberVerdict
{
    internal UndecidedVerdict(string memberId, ReasonCode reason)
        : base(memberId, reason)
    {
    }
}
