using System.Security.Cryptography;
using System.Text;

namespace Belong.ConsentService.Database;

/// <summary>One versioned change of the schema, an embedded resource named <c>NNNN_name</c>.</summary>
internal sealed record Migration(string Name, string Sql)
{
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>All of this program, in order.</summary>
    public static Migration[] ReadAll()
    {
        var assembly = typeof(Migration).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(IsMigration)
            .Order(StringComparer.Ordinal)
            .Select(name => new Migration(name, Read(assembly.GetManifestResourceStream(name)!)))];
    }

    private static bool IsMigration(string resource) =>
        resource.Length > 5 && resource[4] == '_' && !resource.AsSpan(0, 4).ContainsAnyExceptInRange('0', '9');

    private static string Read(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // A checkout with other line ends is the same migration.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
