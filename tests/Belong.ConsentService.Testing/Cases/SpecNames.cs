using System.Text;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Testing.Cases;

/// <summary>The names that the spec gives to the values of an enum.</summary>
public sealed class SpecNames<T>
    where T : struct, Enum
{
    private readonly Dictionary<string, T> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<T, string> _byValue = [];

    internal SpecNames(Func<T, string> name, params ReadOnlySpan<T> without)
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (!without.Contains(value))
            {
                _byName.Add(name(value), value);
                _byValue.Add(value, name(value));
            }
        }
    }

    public string Of(T value) => _byValue[value];

    public bool TryParse(string name, out T value) => _byName.TryGetValue(name, out value);

    public override string ToString() => string.Join(", ", _byName.Keys);
}

/// <summary>The vocabularies of the spec.</summary>
public static class SpecNames
{
    public static readonly SpecNames<Kind> Kinds = new(Upper);
    public static readonly SpecNames<Mode> Modes = new(Upper);
    public static readonly SpecNames<Channel> Channels = new(Upper, Channel.None);
    public static readonly SpecNames<Item> Items = new(Upper);
    public static readonly SpecNames<Outcome> Outcomes = new(Upper, Outcome.None);
    public static readonly SpecNames<Reason> Reasons = new(reason => ReasonCatalogue.Of(reason).Code);
    public static readonly SpecNames<Obligation> Obligations = new(ObligationName);
    public static readonly SpecNames<MemberStatus> MemberStatuses = new(Upper);
    public static readonly SpecNames<ConsentMethod> ConsentMethods = new(Upper);
    public static readonly SpecNames<ObligationKind> ObligationKinds = new(Upper);
    public static readonly SpecNames<VendorRelations> VendorRelations = new(Upper, Rules.VendorRelations.None);
    public static readonly SpecNames<VendorStatus> VendorStatuses = new(Upper);
    public static readonly SpecNames<ForeignBasis> ForeignBases = new(Upper);
    public static readonly SpecNames<PolicyChange> PolicyChanges = new(Upper);

    private static string ObligationName(Obligation obligation) => Upper(obligation) + obligation switch
    {
        Obligation.RecordProvision => "_ART29",
        Obligation.ConfirmForeignMeasures => "_ART28_3",
        Obligation.MarkAsAnonymized or Obligation.PublishItemsAndMethod => "_ART43_4",
        Obligation.NoReidentification => "_ART43_5",
        _ => "",
    };

    private static string Upper<T>(T value)
        where T : struct, Enum
    {
        var upper = new StringBuilder();
        foreach (var letter in value.ToString())
        {
            if (char.IsAsciiLetterUpper(letter) && upper.Length > 0)
            {
                upper.Append('_');
            }

            upper.Append(char.ToUpperInvariant(letter));
        }

        return upper.ToString();
    }
}
