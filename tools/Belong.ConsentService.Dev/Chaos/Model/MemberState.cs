namespace Belong.ConsentService.Dev.Chaos.Model;

/// <summary>What the run asks about a member.</summary>
internal enum Question
{
    /// <summary>Purpose 3 by post.</summary>
    DirectMail,

    /// <summary>The name to the carrier, for purpose 1 (§6).</summary>
    Contractor,

    /// <summary>The name to the partner, by consent (§4).</summary>
    ThirdParty,
}

/// <summary>What a member has recorded, as far as the questions depend on it; written from the policy, not from the service.</summary>
internal readonly record struct MemberState(
    bool Exists, bool IsErased, bool IsOptedOut, bool IsUseStopped, bool IsProvisionStopped, bool HasConsent)
{
    private bool MayBeUsed => Exists && !IsErased && !IsUseStopped;

    /// <summary>The member's side of the answer.</summary>
    public bool Allows(Question question) => MayBeUsed && question switch
    {
        Question.DirectMail => !IsOptedOut,
        Question.Contractor => true,
        _ => HasConsent && !IsProvisionStopped,
    };
}

/// <summary>Which of the vendors are in good standing.</summary>
internal readonly record struct RegisterState(bool IsCarrierActive, bool IsPartnerActive)
{
    /// <summary>The register's side of the answer.</summary>
    public bool Allows(Question question) => question switch
    {
        Question.DirectMail => true,
        Question.Contractor => IsCarrierActive,
        _ => IsPartnerActive,
    };
}
