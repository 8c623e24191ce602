using Belong.Consent.V1;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Google.Protobuf.WellKnownTypes;
using Decision = Belong.ConsentService.Rules.Decision;
using Purpose = Belong.ConsentService.Rules.Purpose;

namespace Belong.ConsentService.Checks;

/// <summary>Writes a decision of the core as a message. The numbers of the enums are the same on both sides.</summary>
internal static class DecisionWriter
{
    private static readonly ReasonSet UsePermitted = ReasonSet.Of(Reason.UsePermitted);
    private static readonly PurposeDecision[] PermittedUses = [.. System.Enum.GetValues<Purpose>().Select(purpose => Write(purpose, UsePermitted))];

    public static Consent.V1.Decision Write(in Decision decision, in LookupResult lookup, bool explain)
    {
        var message = new Consent.V1.Decision
        {
            Outcome = (Consent.V1.Outcome)decision.Outcome,
            ValidUntil = Write(decision.ValidUntil),
            EvaluatedAt = Write(decision.EvaluatedAt),
            Retryable = decision.IsRetryable,
            Basis = WriteBasis(decision, lookup),
        };
        WriteReasons(message, decision.Reasons, explain);
        message.PerPurpose.Capacity = decision.JudgedPurposes.Count;
        foreach (var purpose in decision.JudgedPurposes)
        {
            message.PerPurpose.Add(Judged(purpose, decision.PerPurpose.Of(purpose)));
        }

        message.PermittedItems.Capacity = decision.PermittedItems.Count;
        foreach (var item in decision.PermittedItems)
        {
            message.PermittedItems.Add((DataItem)item);
        }

        WriteWithheld(message, decision.ItemsOutside, decision.OutsideReason);
        WriteWithheld(message, decision.ItemsStopped, Reason.ItemStopped);
        message.Obligations.Capacity = decision.Obligations.Count;
        foreach (var obligation in decision.Obligations)
        {
            message.Obligations.Add((Consent.V1.Obligation)obligation);
        }

        return message;
    }

    /// <summary>The version of the member; 0 for one that is unknown or erased, who shows nothing but that.</summary>
    public static long ToldVersionOf(in Decision decision, in LookupResult lookup) =>
        lookup.View.Member is { IsTombstone: false } member && lookup.View.IsReadable && !decision.Reasons.Contains(Reason.MemberErased) ? member.Version : 0;

    private static void WriteReasons(Consent.V1.Decision message, ReasonSet reasons, bool explain)
    {
        message.Reasons.Capacity = reasons.Count;
        foreach (var reason in reasons)
        {
            message.Reasons.Add((ReasonCode)reason);
            if (explain)
            {
                message.Explanations.Add(Explain(reason));
            }
        }
    }

    /// <summary>What most purposes get is made once and stands in many answers, which nobody changes.</summary>
    private static PurposeDecision Judged(Purpose purpose, ReasonSet reasons) =>
        reasons == UsePermitted ? PermittedUses[(int)purpose - 1] : Write(purpose, reasons);

    private static PurposeDecision Write(Purpose purpose, ReasonSet reasons)
    {
        var judged = new PurposeDecision { Purpose = (Consent.V1.Purpose)purpose };
        judged.Reasons.Capacity = reasons.Count;
        foreach (var reason in reasons)
        {
            judged.Reasons.Add((ReasonCode)reason);
        }

        return judged;
    }

    private static void WriteWithheld(Consent.V1.Decision message, ItemSet items, Reason reason)
    {
        foreach (var item in items)
        {
            message.WithheldItems.Add(new WithheldItem { Item = (DataItem)item, Reason = (ReasonCode)reason });
        }
    }

    private static FactsBasis WriteBasis(in Decision decision, in LookupResult lookup)
    {
        var basis = new FactsBasis
        {
            RulesVersion = Evaluator.RulesVersion,
            PolicyVersion = decision.PolicyVersion ?? "",
            Source = (FactsSource)lookup.Origin,
        };
        if (lookup.View.IsReadable)
        {
            basis.MemberVersion = ToldVersionOf(decision, lookup);
            basis.RegisterVersion = lookup.View.Register.Version;
            basis.FactsAgeMs = (long)Math.Ceiling(lookup.View.Age.TotalMilliseconds);
        }

        return basis;
    }

    public static ReasonExplanation Explain(Reason reason)
    {
        var text = ReasonCatalogue.Of(reason);
        return new ReasonExplanation { Code = (ReasonCode)reason, Clause = text.Clause, LabelJa = text.LabelJa, GlossEn = text.GlossEn };
    }

    private static Timestamp Write(Instant instant) => new() { Seconds = instant.UnixSeconds, Nanos = instant.Nanoseconds };
}
