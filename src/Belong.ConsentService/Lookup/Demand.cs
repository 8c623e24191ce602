using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Lookup;

/// <summary>Whether facts include a write that a check demands.</summary>
internal static class Demand
{
    /// <summary>Whether what was read includes the demanded write.</summary>
    public static bool IsIn(FactsState state, string? memberId, MemberFacts? facts, FactsToken? demanded)
    {
        if (demanded is null)
        {
            return true;
        }

        if (demanded.IsRegister)
        {
            return IsRegisterIn(state, demanded);
        }

        // Transactions and versions of another generation are other ones. A crash can give a number out again that
        // was seen before; the version of the member itself cannot deceive.
        return demanded.Generation == state.Generation && (IsOf(memberId, demanded)
            ? facts is not null && facts.Version >= demanded.Version
            : state.Position?.Sees(demanded.Xid) ?? false);
    }

    public static bool IsRegisterIn(FactsState state, FactsToken demanded) =>
        demanded.Generation == state.Generation && state.Register.Version >= demanded.Version;

    public static bool IsOf(string? memberId, FactsToken demanded) =>
        memberId is not null && demanded.Version > 0 && demanded.SubjectHash == FactsToken.HashOf(memberId);
}
