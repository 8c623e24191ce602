namespace Belong.ConsentService.Rules.Tests.Model;

/// <summary>
/// The text of <c>spec/decision-rules.md</c> once more, sentence by sentence and as plainly as can be,
/// to compare the evaluator with. Written without looking at it.
/// </summary>
internal sealed partial class RulesModel(World world)
{
    private readonly CheckRequest _request = world.Request;
    private readonly MemberFacts? _member = world.Member;
    private readonly List<Reason> _denials = [];
    private readonly SortedDictionary<int, List<Reason>> _perPurpose = [];
    private readonly HashSet<Obligation> _obligations = [];
    private List<Item> _permitted = [];
    private List<Item> _outside = [];
    private List<Item> _stopped = [];
    private Reason _outsideReason;
    private bool _carried;

    private Instant Now => _request.Mode == Mode.Audit ? _request.At ?? world.Clock : world.Clock;

    private List<Purpose> EffectivePurposes
    {
        get
        {
            var purposes = Enum.GetValues<Purpose>().Where(_request.Purposes.Contains).ToList();
            if (_request.PromotionalContent && !purposes.Contains(Purpose.DirectMarketing) && !purposes.Contains(Purpose.PartnerInformation))
            {
                purposes.Add(Purpose.DirectMarketing);
            }

            return [.. purposes.Order()];
        }
    }

    private List<Item> AskedItems => [.. Enum.GetValues<Item>().Where(_request.Items.Contains)];

    public static ModelDecision Decide(World world) => new RulesModel(world).Decide();

    private ModelDecision Decide()
    {
        if (IsMalformed())
        {
            return Refused(Reason.RequestMalformed);
        }

        if (!IsCallerPermitted())
        {
            return Refused(Reason.CallerNotPermitted);
        }

        if (StopsAtOnce() is { } reason)
        {
            return DeniedAtOnce(reason);
        }

        if (_request.Kind == Kind.Anonymized)
        {
            return Anonymized();
        }

        if (RecipientOrMemberStops() is { } stop)
        {
            return DeniedAtOnce(stop);
        }

        return _request.ExceptionClaim is not null ? Exception() : Judged();
    }

    /// <summary>Rule 1.</summary>
    private bool IsMalformed()
    {
        var forMember = _request.Kind is Kind.Use or Kind.Contractor or Kind.ThirdParty;
        var byPurpose = _request.Kind is Kind.Use or Kind.Contractor;
        var claims = _request.ExceptionClaim is not null;
        return _request.Fault is not null
            || !Enum.IsDefined(_request.Kind)
            || (forMember && string.IsNullOrEmpty(_request.MemberId))
            || (byPurpose && _request.Purposes.IsEmpty)
            || (byPurpose && EffectivePurposes.Any(IsOutreach) && _request.Channel == Channel.None)
            || (_request.Kind is Kind.Contractor or Kind.ThirdParty && string.IsNullOrEmpty(_request.RecipientId))
            || (_request.Kind == Kind.ThirdParty && !claims && string.IsNullOrEmpty(_request.RecipientPurpose))
            || (_request.Kind == Kind.ThirdParty && AskedItems.Count == 0)
            || (_request.Kind != Kind.ThirdParty && claims)
            || (_request.Mode == Mode.Audit && _request.At is null)
            || (_request.Mode == Mode.Live && _request.At is not null && _request.At != world.Clock)
            || (_request.At is { } at && at > world.Clock);
    }

    /// <summary>Rule 2.</summary>
    private bool IsCallerPermitted() =>
        world.Grant is { } grant
        && grant.Allows(_request.Kind)
        && EffectivePurposes.All(grant.Purposes.Contains)
        && (_request.ExceptionClaim is null || grant.MayClaimExceptions);

    /// <summary>Rules 3 to 5.</summary>
    private Reason? StopsAtOnce()
    {
        var isSensitive = _request.Kind == Kind.ThirdParty || EffectivePurposes.Any(IsOutreach);
        var bound = isSensitive ? TimeSpan.FromSeconds(60) : TimeSpan.FromMinutes(15);
        return !world.IsReadable ? Reason.FactsUnavailable
            : world.Age > bound ? Reason.FactsStale
            : Effective().Count == 0 ? Reason.PolicyVersionUnknown
            : null;
    }

    /// <summary>Rules 10 to 13.</summary>
    private ModelDecision Anonymized()
    {
        Item[] published = [Item.Age, Item.Sex, Item.AddressPrefecture, Item.UsageHistory, Item.BehaviorHistory];
        DenyIf(!string.IsNullOrEmpty(_request.MemberId), Reason.AnonHasMemberKey);
        DenyIf(_request.Dataset is not { CertifiedAnonymous: true }, Reason.AnonNotCertified);
        DenyIf(AskedItems.Count == 0 || AskedItems.Except(published).Any(), Reason.AnonItemNotPublished);
        DenyIf(_request.Dataset?.Method is not ("SERVER_UPLOAD" or "PAPER" or "EMAIL_ATTACHMENT"), Reason.AnonMethodNotPublished);
        _permitted = AskedItems;
        _obligations.UnionWith([Obligation.MarkAsAnonymized, Obligation.PublishItemsAndMethod, Obligation.NoReidentification]);
        return Answer(Reason.AnonymizedPermitted, Reason.AnonymizedPermitted);
    }

    /// <summary>Rules 20 to 31.</summary>
    private Reason? RecipientOrMemberStops()
    {
        if (_request.Kind is Kind.Contractor or Kind.ThirdParty && _request.ExceptionClaim is null)
        {
            var capacity = _request.Kind == Kind.Contractor ? VendorRelations.Contractor : VendorRelations.ThirdParty;
            if (Vendor(_request.RecipientId) is not { } vendor)
            {
                return Reason.VendorUnknown;
            }

            if (vendor.Status != VendorStatus.Active)
            {
                return Reason.VendorSuspended;
            }

            if (!vendor.Relations.HasFlag(capacity))
            {
                return Reason.VendorRelationMismatch;
            }
        }

        return _member is null ? Reason.MemberUnknown
            : _member.IsTombstone || Status() == MemberStatus.Erased ? Reason.MemberErased
            : null;
    }

    /// <summary>From rule 50 on.</summary>
    private ModelDecision Judged()
    {
        if (_request.Kind == Kind.ThirdParty)
        {
            _denials.AddRange(MemberSide(null));
            ThirdParty();
            return Answer(Reason.ThirdPartyConsented, Reason.ThirdPartyConsentedPartial);
        }

        foreach (var purpose in EffectivePurposes)
        {
            var reasons = MemberSide(purpose).Distinct().Order().ToList();
            _denials.AddRange(reasons);
            _perPurpose[(int)purpose] = reasons.Count == 0 ? [Reason.UsePermitted] : reasons;
        }

        if (EffectivePurposes.Any(IsOutreach))
        {
            _obligations.Add(Obligation.RecheckAtSend);
        }

        if (_carried)
        {
            _obligations.Add(Obligation.LimitToResidualObligation);
        }

        if (_request.Kind == Kind.Use)
        {
            var use = _carried ? Reason.ResidualObligationPermitted : Reason.UsePermitted;
            return Answer(use, use);
        }

        ContractorRules();
        return Answer(Reason.ContractorPermitted, Reason.ContractorPermittedPartial);
    }

    private static ModelDecision Refused(Reason reason) => new() { Outcome = Outcome.None, Reasons = [reason] };

    private static ModelDecision DeniedAtOnce(Reason reason) => new() { Outcome = Outcome.Deny, Reasons = [reason] };

    private ModelDecision Answer(Reason whole, Reason partial)
    {
        if (_denials.Count > 0)
        {
            return new ModelDecision
            {
                Outcome = Outcome.Deny,
                Reasons = [.. _denials.Distinct().Order()],
                PerPurpose = _perPurpose,
            };
        }

        var isPartial = _outside.Count + _stopped.Count > 0;
        return new ModelDecision
        {
            Outcome = isPartial ? Outcome.AllowPartial : Outcome.Allow,
            Reasons = [isPartial ? partial : whole],
            PerPurpose = _perPurpose,
            Permitted = _permitted,
            Withheld = new(_outside.ToDictionary(item => item, _ => _outsideReason)
                .Concat(_stopped.ToDictionary(item => item, _ => Reason.ItemStopped))),
            Obligations = [.. _obligations.Order()],
        };
    }

    private void DenyIf(bool condition, Reason reason)
    {
        if (condition)
        {
            _denials.Add(reason);
        }
    }

    private static bool IsOutreach(Purpose purpose) =>
        purpose is Purpose.DirectMarketing or Purpose.PartnerInformation or Purpose.Survey;

    private Vendor? Vendor(string? id) => world.Vendors.FirstOrDefault(vendor => vendor.Id == id);

    /// <summary>Of a restriction: a missing start has begun; lifted after its end only, since a tie goes to it.</summary>
    private bool Restricts(Instant? from, Instant? lifted = null) =>
        (from is null || from <= Now) && (lifted is null || Now <= lifted);

    /// <summary>Of a permission: a missing start never begins; the end is exclusive.</summary>
    private bool Permits(Instant? from, params Instant?[] ends) =>
        from is not null && from <= Now && ends.All(end => end is null || Now < end);

    /// <summary>Of contracts, approvals and determinations: the end is inclusive.</summary>
    private bool InForce(Instant? from, Instant? to) => from is not null && from <= Now && (to is null || Now <= to);

    private static bool IsEmpty(string? text) => string.IsNullOrWhiteSpace(text);

    private bool IsOverdue(Instant? due) => due is null || due < Now;
}
