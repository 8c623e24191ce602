using System.Text;
using Belong.Consent.V1;
using Google.Protobuf.Reflection;

namespace Belong.ConsentService.Cli.Arguments;

/// <summary>The names of the vocabularies as the policy's rules spell them: <c>POSTAL</c>, not <c>CHANNEL_POSTAL</c>.</summary>
internal static class Names
{
    private static readonly FileDescriptor[] Files =
        [VocabularyReflection.Descriptor, CheckReflection.Descriptor, RegistryReflection.Descriptor];

    public static string Of<T>(T value)
        where T : struct, Enum => Of(Table<T>.Descriptor, Convert.ToInt32(value, null));

    public static string Of(EnumDescriptor descriptor, int number) =>
        descriptor.FindValueByNumber(number) is { } value ? value.Name[Prefix(descriptor).Length..] : $"unknown {number}";

    public static string Allowed<T>()
        where T : struct, Enum => string.Join(", ", Table<T>.Values.Keys);

    /// <summary>Reads a name in any case, with hyphens or underscores.</summary>
    public static bool TryParse<T>(string text, out T value)
        where T : struct, Enum => Table<T>.Values.TryGetValue(text.Replace('-', '_').ToUpperInvariant(), out value);

    private static string Prefix(EnumDescriptor descriptor)
    {
        var prefix = new StringBuilder();
        foreach (var letter in descriptor.Name)
        {
            if (char.IsUpper(letter) && prefix.Length > 0)
            {
                prefix.Append('_');
            }

            prefix.Append(char.ToUpperInvariant(letter));
        }

        return prefix.Append('_').ToString();
    }

    private static class Table<T>
        where T : struct, Enum
    {
        public static readonly EnumDescriptor Descriptor =
            Files.SelectMany(file => file.EnumTypes).Single(type => type.ClrType == typeof(T));

        public static readonly Dictionary<string, T> Values = Descriptor.Values
            .Where(value => value.Number != 0)
            .ToDictionary(value => Of(Descriptor, value.Number), value => (T)Enum.ToObject(typeof(T), value.Number));
    }
}
