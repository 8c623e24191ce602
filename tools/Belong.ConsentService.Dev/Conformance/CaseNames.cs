using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>
/// Gives each case members and vendors of its own by putting its number before their ids, so that many
/// cases share one database. Ids are opaque: a decision does not depend on what they are.
/// </summary>
internal readonly record struct CaseNames(int Number)
{
    private const int MaxIdBytes = 64;

    public string? Of(string? id)
    {
        // What is no id must stay none.
        if (!IsId(id))
        {
            return id;
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"{Number}:{id}");
        return name.Length <= MaxIdBytes ? name : string.Create(CultureInfo.InvariantCulture, $"{Number}:{Hash(id)}");
    }

    public static bool IsId([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= MaxIdBytes } && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static string Hash(string id) => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(id)))[..40];
}
