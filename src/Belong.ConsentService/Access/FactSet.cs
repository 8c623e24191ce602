using Belong.Consent.V1;

namespace Belong.ConsentService.Access;

/// <summary>Facts that may be recorded, named as the fields of MemberChange and RegisterChange; <c>import</c> stands for ImportMembers.</summary>
public readonly record struct FactSet(ulong Bits)
{
    private const string ImportName = "import";
    private const int FirstRegisterBit = 48;
    private const int ImportBit = 63;

    private static readonly Dictionary<string, int> BitsByName = MakeNames();

    public static FactSet All { get; } = Of(BitsByName.Keys);

    public static FactSet Import { get; } = Of([ImportName]);

    /// <summary>What may be granted.</summary>
    public static IReadOnlyCollection<string> Names => BitsByName.Keys;

    public IEnumerable<string> Granted
    {
        get
        {
            var bits = Bits;
            return BitsByName.Where(name => (bits & (1UL << name.Value)) != 0).Select(name => name.Key);
        }
    }

    public static bool IsKnown(string name) => BitsByName.ContainsKey(name);

    public static FactSet Of(IEnumerable<string> names) => new(names.Aggregate(0UL, (bits, name) => bits | (1UL << BitsByName[name])));

    public bool Contains(MemberChange.ChangeOneofCase change) => (Bits & (1UL << (int)change)) != 0;

    public bool Contains(RegisterChange.ChangeOneofCase change) => (Bits & (1UL << (FirstRegisterBit + (int)change))) != 0;

    public bool Contains(FactSet other) => (Bits & other.Bits) == other.Bits;

    private static Dictionary<string, int> MakeNames()
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var field in MemberChange.Descriptor.Oneofs[0].Fields)
        {
            names.Add(field.Name, field.FieldNumber);
        }

        foreach (var field in RegisterChange.Descriptor.Oneofs[0].Fields)
        {
            names.Add(field.Name, FirstRegisterBit + field.FieldNumber);
        }

        names.Add(ImportName, ImportBit);
        return names;
    }
}
