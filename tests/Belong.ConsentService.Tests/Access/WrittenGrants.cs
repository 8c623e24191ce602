using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Belong.ConsentService.Access;
using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Hosting;

namespace Belong.ConsentService.Tests.Access;

/// <summary>A file of grants that a test writes and replaces.</summary>
internal sealed class WrittenGrants : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(Directory.CreateTempSubdirectory("grants").FullName, "grants.json");

    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>May do everything.</summary>
    public static CallerEntry Everything(string name, params string[] keys) => new()
    {
        Name = name,
        KeysSha256 = [.. keys.Select(Hash)],
        Rpcs = ["*"],
        Kinds = ["USE", "CONTRACTOR", "THIRD_PARTY", "ANONYMIZED"],
        Purposes = [1, 2, 3, 4, 5, 6, 7, 8],
        Vendors = ["*"],
        MayClaimExceptions = true,
        MayRecord = ["*"],
    };

    public static byte[] Bytes(long version, params CallerEntry[] callers) =>
        JsonSerializer.SerializeToUtf8Bytes(new GrantsDocument { Version = version, Callers = callers }, GrantsJsonContext.Default.GrantsDocument);

    /// <summary>Written beside and moved, as whoever changes grants should.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes($"{Path}.new", bytes);
        File.Move($"{Path}.new", Path, overwrite: true);
    }

    public WrittenGrants Write(long version, params CallerEntry[] callers)
    {
        Write(Bytes(version, callers));
        return this;
    }

    public void Apply(ConsentSettings settings) => settings.Access = new AccessSettings { GrantsFile = Path, ReloadMs = 20 };

    public void Dispose() => Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, recursive: true);
}
