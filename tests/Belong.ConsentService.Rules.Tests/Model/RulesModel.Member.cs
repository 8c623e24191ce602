namespace Belong.ConsentService.Rules.Tests.Model;

/// <content>The member: status, exceptions, and the rules per effective purpose.</content>
internal sealed partial class RulesModel
{
    /// <summary>The latest; of those that began together the most severe. A return takes effect after its instant; erasure is final.</summary>
    private MemberStatus Status()
    {
        var begun = _member!.Statuses
            .Where(status => status.Status == MemberStatus.Active ? status.At < Now : Restricts(status.At))
            .ToList();
        if (begun.Count == 0)
        {
            return MemberStatus.Active;
        }

        var latest = begun.Max(Start);
        return begun.Any(status => status.Status == MemberStatus.Erased)
            ? MemberStatus.Erased
            : begun.Where(status => Start(status) == latest).Max(status => status.Status);

        static long Start(StatusFact status) => status.At?.UnixNanoseconds ?? long.MinValue;
    }

    /// <summary>Rules 40 and 41.</summary>
    private ModelDecision Exception()
    {
        var claim = _request.ExceptionClaim!;
        string?[] assertions = claim.Item switch
        {
            1 or 2 => [claim.NecessityStatement, claim.ConsentDifficultyReason, claim.ApproverId],
            3 => [claim.RequestingBody, claim.StatutoryAffairsCitation, claim.HindranceReason, claim.ApproverId],
            4 => [claim.WarrantRef, claim.IssuingCourt, claim.ScopeStatement, claim.ApproverId],
            5 => [claim.LawCitation, claim.DocumentRef, claim.ApproverId],
            _ => [null],
        };
        var isWarrantInForce = claim.Item != 4
            || (claim.IssuedAt is { } issued && issued <= Now && (claim.ValidUntil is null || Now <= claim.ValidUntil));
        if (assertions.Any(IsEmpty) || !isWarrantInForce)
        {
            return DeniedAtOnce(Reason.ExceptionIncomplete);
        }

        var isReluctant = Status() is MemberStatus.Withdrawn or MemberStatus.WithdrawalPending or MemberStatus.ErasurePending
            || _member!.UseStops.Any(stop => stop.IsFull && Restricts(stop.At, stop.LiftedAt))
            || _member.ProvisionStops.Any(stop => Restricts(stop.At, stop.LiftedAt));
        if (IsEmpty(claim.PrivacyApprovalRef)
            && ((claim.Item is 1 or 2 or 3 && isReluctant) || (claim.Item == 5 && !claim.Compulsory)))
        {
            return DeniedAtOnce(Reason.ExceptionNeedsPrivacyApproval);
        }

        _permitted = AskedItems;
        _obligations.UnionWith([Obligation.RecordExceptionBasis, Obligation.LimitToStatedItems]);
        if (claim.Item != 4)
        {
            _obligations.Add(Obligation.NotifyPrivacyDesk);
        }

        var code = (Reason)(210 + claim.Item);
        return Answer(code, code);
    }

    /// <summary>Rules 50 to 84; a third party has no purpose.</summary>
    private IEnumerable<Reason> MemberSide(Purpose? purpose)
    {
        ObligationKind[] fitting = purpose switch
        {
            Purpose.ServiceDelivery => [ObligationKind.Delivery, ObligationKind.Warranty, ObligationKind.Support],
            Purpose.ContractAndBilling => [ObligationKind.Billing, ObligationKind.IdentityCheck, ObligationKind.ContractNotice],
            Purpose.InquiryResponse => [ObligationKind.Inquiry, ObligationKind.RightsRequest],
            _ => [],
        };
        var matching = _member!.Obligations
            .Where(obligation => !string.IsNullOrEmpty(_request.ObligationRef) && obligation.Ref == _request.ObligationRef)
            .Where(obligation => Permits(obligation.OpenedAt, obligation.ClosedAt) && fitting.Contains(obligation.Kind))
            .ToList();
        return Leaving(purpose, matching.Count > 0)
            .Concat(UseStop(purpose, matching.Any(obligation => obligation.Kind == ObligationKind.RightsRequest)))
            .Concat(purpose is null ? ProvisionStop() : Contact(purpose.Value))
            .Concat(purpose is null ? [] : Coverage(purpose.Value))
            .Concat(purpose is null ? [] : Special(purpose.Value, matching.Count > 0));
    }

    private IEnumerable<Reason> Leaving(Purpose? purpose, bool matches)
    {
        var isResidual = purpose is Purpose.ServiceDelivery or Purpose.ContractAndBilling or Purpose.InquiryResponse;
        var status = Status();
        if (status is MemberStatus.Withdrawn or MemberStatus.ErasurePending)
        {
            if (isResidual && matches)
            {
                _carried = true;
                yield break;
            }

            yield return status == MemberStatus.ErasurePending ? Reason.MemberErasurePending
                : isResidual ? Reason.WithdrawnNoResidual
                : Reason.MemberWithdrawn;
        }

        if (status == MemberStatus.WithdrawalPending && (purpose is null || IsOutreach(purpose.Value)))
        {
            yield return Reason.MemberWithdrawalPending;
        }
    }

    private IEnumerable<Reason> UseStop(Purpose? purpose, bool matchesRightsRequest)
    {
        foreach (var stop in _member!.UseStops.Where(stop => Restricts(stop.At, stop.LiftedAt)))
        {
            var isVerified = stop.VerifiedAt is not null && stop.VerifiedAt <= Now;
            if (!isVerified)
            {
                if (purpose is null || IsOutreach(purpose.Value))
                {
                    yield return Reason.UseStopPendingVerification;
                }
            }
            else if (stop.IsFull || (purpose is not null && stop.Purposes.Contains(purpose.Value)))
            {
                if (purpose == Purpose.InquiryResponse && matchesRightsRequest)
                {
                    _carried = true;
                }
                else
                {
                    yield return stop.IsFull ? Reason.UseStoppedFull : Reason.UseStoppedPurpose;
                }
            }
        }
    }

    private IEnumerable<Reason> ProvisionStop() => _member!.ProvisionStops
        .Where(stop => Restricts(stop.At, stop.LiftedAt) && (stop.IsAll || stop.VendorIds.Contains(_request.RecipientId)))
        .Select(_ => Reason.ProvisionStopped);

    /// <summary>Rules 70 to 75.</summary>
    private IEnumerable<Reason> Contact(Purpose purpose)
    {
        foreach (var optOut in _member!.DmOptOuts.Where(optOut => Restricts(optOut.At, optOut.LiftedAt) && optOut.Channels.Contains(_request.Channel)))
        {
            if (purpose is Purpose.DirectMarketing or Purpose.PartnerInformation)
            {
                yield return Reason.DmOptedOut;
            }

            if (purpose == Purpose.Survey && !_member.SurveyOptIns.Any(optIn => optIn <= Now && optOut.At is not null && optIn > optOut.At))
            {
                yield return Reason.DmOptedOutSurvey;
            }
        }

        if (_request.Channel is not (Channel.Email or Channel.Sms)
            || !(purpose is Purpose.DirectMarketing or Purpose.PartnerInformation || (purpose == Purpose.Survey && _request.PromotionalContent)))
        {
            yield break;
        }

        _obligations.Add(Obligation.ShowSenderAndOptOutRoute);
        if (!Effective()[^1].AdMailRequiresOptIn)
        {
            yield break;
        }

        if (_member.AdMailOptIns.Any(optIn => optIn.Channels.Contains(_request.Channel)
            && !IsEmpty(optIn.EvidenceRef) && Permits(optIn.At, optIn.RevokedAt)))
        {
            _obligations.Add(Obligation.KeepAdOptInEvidence);
        }
        else
        {
            yield return Reason.AdMailNoOptIn;
        }
    }

    private List<PolicyVersion> Effective() =>
        [.. world.PolicyVersions.Where(version => version.EffectiveAt is { } from && from <= Now).OrderBy(version => version.EffectiveAt!.Value)];

    /// <summary>Rules 80 and 81.</summary>
    private IEnumerable<Reason> Coverage(Purpose purpose)
    {
        var versions = Effective();
        var start = versions.FindIndex(version => version.Id == _member!.AcquiredPolicyVersion);
        if (start < 0)
        {
            yield return Reason.PurposeNotCovered;
            yield break;
        }

        var covered = versions[start].Purposes.Contains(purpose);
        var onlyDeemed = false;
        foreach (var version in versions.Skip(start + 1))
        {
            var lists = version.Purposes.Contains(purpose);
            var isAccepted = _member!.PolicyAcceptances.Any(acceptance => acceptance.PolicyVersion == version.Id && Permits(acceptance.At));
            if (lists && !covered && version.Change == PolicyChange.Expansion && !isAccepted)
            {
                onlyDeemed |= version.NotifiedAt is not null && _member.ServiceUses.Any(use => use <= Now && use >= version.NotifiedAt);
            }

            var newly = (version.Change == PolicyChange.Related && version.NotifiedAt is not null && version.NotifiedAt <= Now)
                || (version.Change == PolicyChange.Expansion && isAccepted);
            covered = lists && (covered || newly);
        }

        if (!covered)
        {
            yield return onlyDeemed ? Reason.RevisionNotExplicitlyAccepted : Reason.PurposeNotCovered;
        }
    }

    /// <summary>Rules 82 to 84.</summary>
    private IEnumerable<Reason> Special(Purpose purpose, bool matches)
    {
        if (purpose == Purpose.ServiceImprovement)
        {
            var determination = world.Determinations.FirstOrDefault(entry => entry.Ref == _request.DeterminationRef);
            if (determination is not { Indispensable: true, Beneficial: true } || !InForce(determination.From, determination.To))
            {
                yield return Reason.Purpose8NoDetermination;
            }

            if (_request.Channel != Channel.None)
            {
                yield return Reason.Purpose8Restricted;
            }
        }

        if (purpose == Purpose.InquiryResponse && string.IsNullOrEmpty(_request.InquiryRef))
        {
            if (matches)
            {
                _carried = true;
            }
            else
            {
                yield return Reason.InquiryRefRequired;
            }
        }
    }
}
