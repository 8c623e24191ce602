using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>What Belong owes the member.</summary>
internal static class ObligationChanges
{
    public static MemberFacts Open(MemberFacts facts, V1.ObligationOpening change, in ChangeContext context)
    {
        var kind = (ObligationKind)change.Kind;
        var opened = context.StartOf(change.Start);
        if (Array.Exists(facts.Obligations, known => known.Ref == change.Ref && known.Kind == kind && (known.ClosedAt is null || known.OpenedAt == opened)))
        {
            throw context.Taken("obligation_opening.ref", Require.Show(change.Ref), "an obligation of this reference and kind is on record");
        }

        var obligation = new ObligationFact(change.Ref, kind, opened, null);
        return facts with { Obligations = Records.Add(facts.Obligations, obligation, static known => known.ClosedAt, "obligations", context) };
    }

    /// <summary>An earlier closing wins over one dated later.</summary>
    public static MemberFacts Close(MemberFacts facts, V1.ObligationClosing change, in ChangeContext context)
    {
        const string Name = "obligation_closing.ref";
        var at = context.EndOf(change.Start);
        var obligations = Records.Replace(facts.Obligations, known =>
            known.Ref == change.Ref && !(known.ClosedAt <= at) ? known with { ClosedAt = at } : null);
        if (obligations is not null)
        {
            return facts with { Obligations = obligations };
        }

        throw Array.Exists(facts.Obligations, known => known.Ref == change.Ref)
            ? context.NotNow(Name, Require.Show(change.Ref), "the obligation is closed already")
            : context.NotFound(Name, Require.Show(change.Ref), "the member has no such obligation");
    }
}
