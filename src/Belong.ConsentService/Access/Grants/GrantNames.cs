using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Access.Grants;

/// <summary>What the words of a grants document stand for.</summary>
internal static class GrantNames
{
    public static readonly IReadOnlyDictionary<string, Kind> Kinds = new Dictionary<string, Kind>(StringComparer.Ordinal)
    {
        ["USE"] = Kind.Use,
        ["CONTRACTOR"] = Kind.Contractor,
        ["THIRD_PARTY"] = Kind.ThirdParty,
        ["ANONYMIZED"] = Kind.Anonymized,
    };

    public static bool IsAll(string[] names) => names is ["*"];

    public static Grant GrantOf(CallerEntry entry) => Grant.For(
        entry.Kinds.Select(name => Kinds[name]),
        PurposeSet.Of([.. entry.Purposes.Select(number => (Purpose)number)]),
        entry.MayClaimExceptions);
}
