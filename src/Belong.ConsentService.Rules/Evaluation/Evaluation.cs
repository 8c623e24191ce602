namespace Belong.ConsentService.Rules;

/// <summary>The state of one evaluation: what was asked and read, and what the rules have found so far.</summary>
internal struct Evaluation
{
    private Instant _validUntil;
    private ReasonSet _denials;
    private PurposeReasons _perPurpose;
    private PurposeSet _judged;
    private ObligationSet _obligations;

    public Evaluation(in Admission admission, Register register, TimeSpan bound)
    {
        Request = admission.Request;
        Effective = Request.EffectivePurposes;
        Now = admission.Now;
        Register = register;
        Member = null!;
        Policy = null!;
        _validUntil = Now.Plus(bound);
    }

    public readonly CheckRequest Request { get; }

    public readonly PurposeSet Effective { get; }

    public readonly Instant Now { get; }

    public readonly Register Register { get; }

    public MemberFacts Member { get; private set; }

    /// <summary>The member's status at <see cref="Now"/>.</summary>
    public MemberStatus Status { get; private set; }

    /// <summary>The recipient, once found in the register.</summary>
    public Vendor? Vendor { get; set; }

    /// <summary>The policy version in force.</summary>
    public PolicyVersion Policy { get; private set; }

    /// <summary>How many of the register's policy versions are effective at <see cref="Now"/>.</summary>
    public int EffectivePolicyCount { get; private set; }

    /// <summary>An open obligation let a purpose pass that would have failed.</summary>
    public bool CarriedByObligation { get; private set; }

    public ItemSet Permitted { get; set; }

    public ItemSet Outside { get; set; }

    public Reason OutsideReason { get; set; }

    public ItemSet Stopped { get; set; }

    /// <summary>Rule 5.</summary>
    public bool FindPolicyInForce()
    {
        foreach (var policy in Register.PolicyVersions)
        {
            if (!HasBegun(policy.EffectiveAt))
            {
                break;
            }

            Policy = policy;
            EffectivePolicyCount++;
        }

        return Policy is not null;
    }

    public void Read(MemberFacts member)
    {
        Member = member;
        var validUntil = _validUntil;
        // A tombstone has no facts to judge an earlier instant by.
        Status = member.IsTombstone ? MemberStatus.Erased : StatusRules.At(ref this, member.Statuses);
        if (Status == MemberStatus.Erased)
        {
            // Erasure is final, and its answer carries no other fact of the member.
            _validUntil = validUntil;
        }
    }

    /// <summary>A permission's start: null never begins.</summary>
    public bool HasBegun(Instant? start)
    {
        if (start is not { } at)
        {
            return false;
        }

        NoteChange(at);
        return at <= Now;
    }

    /// <summary>A restriction's start: null has begun.</summary>
    public bool Bites(Instant? start) => start is null || HasBegun(start);

    /// <summary>A restriction that was lifted bites up to and including the instant of the lift.</summary>
    public bool Bites(Instant? start, Instant? lifted) => Bites(start) && !IsPast(lifted);

    /// <summary>An exclusive end (consents, opt-ins): null is open.</summary>
    public bool HasEnded(Instant? end) => HasBegun(end);

    /// <summary>An inclusive end (contracts, approvals, determinations): null is open.</summary>
    public bool IsPast(Instant? end)
    {
        if (end is not { } last)
        {
            return false;
        }

        NoteLastInstant(last);
        return last < Now;
    }

    /// <summary>A due date, inclusive: null is overdue.</summary>
    public bool IsOverdue(Instant? due) => due is null || IsPast(due);

    public void Deny(Reason reason) => _denials = _denials.With(reason);

    public void Oblige(Obligation obligation) => _obligations = _obligations.With(obligation);

    public void CarryByObligation()
    {
        CarriedByObligation = true;
        Oblige(Obligation.LimitToResidualObligation);
    }

    /// <summary>Notes what the rules say of one purpose; no reason means that it passes.</summary>
    public void Judged(Purpose purpose, ReasonSet denials)
    {
        _judged = _judged.With(purpose);
        _denials = _denials.Union(denials);
        _perPurpose[(int)purpose - 1] = denials.IsEmpty ? ReasonSet.Of(Reason.UsePermitted) : denials;
    }

    public void DenyAll(ReasonSet denials) => _denials = _denials.Union(denials);

    public readonly Decision Refuse(Reason reason) => new()
    {
        Outcome = Outcome.None,
        Reasons = ReasonSet.Of(reason),
        EvaluatedAt = Now,
        ValidUntil = Now,
    };

    public readonly Decision DenyAtOnce(Reason reason) => DenyFor(ReasonSet.Of(reason));

    /// <summary>DENY with all that deny, else ALLOW or ALLOW_PARTIAL.</summary>
    public readonly Decision Conclude(Reason whole, Reason partial)
    {
        var decision = DenyFor(_denials) with { JudgedPurposes = _judged, PerPurpose = _perPurpose };
        if (!_denials.IsEmpty)
        {
            return decision;
        }

        var isPartial = !Outside.IsEmpty || !Stopped.IsEmpty;
        return decision with
        {
            Outcome = isPartial ? Outcome.AllowPartial : Outcome.Allow,
            Reasons = ReasonSet.Of(isPartial ? partial : whole),
            PermittedItems = Permitted,
            ItemsOutside = Outside,
            OutsideReason = OutsideReason,
            ItemsStopped = Stopped,
            Obligations = _obligations,
        };
    }

    private readonly Decision DenyFor(ReasonSet denials) => new()
    {
        Outcome = Outcome.Deny,
        Reasons = denials,
        EvaluatedAt = Now,
        ValidUntil = _validUntil,
        PolicyVersion = Policy?.Id,
    };

    private void NoteChange(Instant at)
    {
        if (at > Now && at < _validUntil)
        {
            _validUntil = at;
        }
    }

    private void NoteLastInstant(Instant last)
    {
        if (last >= Now && last < _validUntil)
        {
            _validUntil = last;
        }
    }
}
