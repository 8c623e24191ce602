using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>§13: acceptance of policy versions, and use of the service.</summary>
internal static class UsageChanges
{
    /// <summary>One for each version, the earliest that is on record.</summary>
    public static MemberFacts Accept(MemberFacts facts, V1.PolicyAcceptance change, in ChangeContext context)
    {
        var acceptance = new PolicyAcceptance(change.PolicyVersion, context.StartOf(change.Start));
        if (Array.Find(facts.PolicyAcceptances, known => known.PolicyVersion == change.PolicyVersion) is not { } before)
        {
            return facts with
            {
                PolicyAcceptances = Records.Add(facts.PolicyAcceptances, acceptance, static _ => null, "accepted policy versions", context),
            };
        }

        var isEarlier = acceptance.At is not null && !(before.At <= acceptance.At);
        return isEarlier
            ? facts with { PolicyAcceptances = Records.Replace(facts.PolicyAcceptances, known => known == before ? acceptance : null)! }
            : facts;
    }

    /// <summary>The latest use up to now, and those dated later.</summary>
    public static MemberFacts Use(MemberFacts facts, V1.ServiceUse change, in ChangeContext context) =>
        facts with { ServiceUses = Records.Add(facts.ServiceUses, context.StartOf(change.Start)!.Value, 1, "uses of the service", context) };
}
