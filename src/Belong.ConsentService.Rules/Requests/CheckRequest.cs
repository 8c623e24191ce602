namespace Belong.ConsentService.Rules;

/// <summary>Who would use the data.</summary>
public enum Kind : byte
{
    /// <summary>Belong itself (§3).</summary>
    Use = 1,
    /// <summary>A contractor acting for Belong (§6).</summary>
    Contractor = 2,
    /// <summary>A third party for its own purpose (§4).</summary>
    ThirdParty = 3,
    /// <summary>Anybody, with anonymised data (§5).</summary>
    Anonymized = 4,
}

/// <summary>The instant that is judged.</summary>
public enum Mode : byte
{
    Live = 1,
    Audit = 2,
}

/// <summary>
/// One question. A translator from a wire format puts what these types cannot hold (a purpose 9, an
/// id with a line break) into <see cref="Fault"/>, and rule 1 answers it.
/// </summary>
public sealed record CheckRequest
{
    public Kind Kind { get; init; }

    public string? MemberId { get; init; }

    public PurposeSet Purposes { get; init; }

    public Channel Channel { get; init; }

    public bool PromotionalContent { get; init; }

    public string? RecipientId { get; init; }

    public string? RecipientPurpose { get; init; }

    public ItemSet Items { get; init; }

    public string? ObligationRef { get; init; }

    public string? InquiryRef { get; init; }

    public string? DeterminationRef { get; init; }

    public ExceptionClaim? ExceptionClaim { get; init; }

    public Dataset? Dataset { get; init; }

    public Mode Mode { get; init; } = Mode.Live;

    public Instant? At { get; init; }

    /// <summary>The first thing in the message that no value of these types stands for.</summary>
    public RequestFault? Fault { get; init; }

    /// <summary>The purposes, and 3 where promotional content implies it.</summary>
    public PurposeSet EffectivePurposes =>
        PromotionalContent && !Purposes.Contains(Purpose.DirectMarketing) && !Purposes.Contains(Purpose.PartnerInformation)
            ? Purposes.With(Purpose.DirectMarketing)
            : Purposes;
}

/// <summary>Why a request cannot be evaluated: the field, the value it has, and what is allowed.</summary>
public sealed record RequestFault(string Field, string Value, string Allowed)
{
    public override string ToString() => $"{Field} is {Value}: {Allowed}";
}

/// <summary>A data set to be provided under §5.</summary>
public sealed record Dataset(string? Id, bool CertifiedAnonymous, string? Method);

/// <summary>The claim of an exception of §4 with its assertions (rule 40).</summary>
public sealed record ExceptionClaim
{
    public int Item { get; init; }

    public string? ApproverId { get; init; }

    public string? PrivacyApprovalRef { get; init; }

    public string? NecessityStatement { get; init; }

    public string? ConsentDifficultyReason { get; init; }

    public string? RequestingBody { get; init; }

    public string? StatutoryAffairsCitation { get; init; }

    public string? HindranceReason { get; init; }

    public string? WarrantRef { get; init; }

    public string? IssuingCourt { get; init; }

    public Instant? IssuedAt { get; init; }

    public Instant? ValidUntil { get; init; }

    public string? ScopeStatement { get; init; }

    public string? LawCitation { get; init; }

    public string? DocumentRef { get; init; }

    public bool Compulsory { get; init; }
}
