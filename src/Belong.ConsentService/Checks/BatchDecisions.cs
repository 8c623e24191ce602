using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Checks;

/// <summary>
/// Writes the decisions of one batch. Most members of a batch are told the same: who is told the very same gets the very
/// same message, which nobody changes. Not for two threads at once.
/// </summary>
internal sealed class BatchDecisions
{
    /// <summary>What is told at one instant seldom differs more.</summary>
    private const int Places = 32;

    private readonly Written[] _recent = new Written[Places];

    public Consent.V1.Decision Write(in Decision decision, in LookupResult lookup)
    {
        var version = DecisionWriter.ToldVersionOf(decision, lookup);
        ref var recent = ref _recent[(int)(((long)decision.Reasons.Primary + version) & (Places - 1))];
        if (recent.Message is null || recent.Version != version || !IsSameBasis(recent.Lookup, lookup) || recent.Decision != decision)
        {
            recent = new Written(decision, version, lookup, DecisionWriter.Write(decision, lookup, explain: false));
        }

        return recent.Message;
    }

    /// <summary>All that is told of the facts but for the version of the member.</summary>
    private static bool IsSameBasis(in LookupResult one, in LookupResult other) =>
        one.Origin == other.Origin && one.View.IsReadable == other.View.IsReadable && one.View.Age == other.View.Age && ReferenceEquals(one.View.Register, other.View.Register);

    private readonly record struct Written(Decision Decision, long Version, LookupResult Lookup, Consent.V1.Decision Message);
}
