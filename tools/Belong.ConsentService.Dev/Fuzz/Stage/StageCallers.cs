using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Dev.Fuzz.Tokens;

namespace Belong.ConsentService.Dev.Fuzz.Stage;

/// <summary>The two callers that the service knows: one that may ask and read, and one that may record as well.</summary>
internal sealed class StageCallers : IDisposable
{
    private const string AskerName = "fuzz-asker";
    private const string AskerKey = "fuzz-asker-0123456789abcdef";
    private const string WriterKey = "fuzz-writer-0123456789abcdef";

    private const string WriterName = "fuzz-writer";

    private readonly TokenForge _forge = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("fuzz").FullName;

    public StageCallers()
    {
        Tokens = new HostileTokens(_forge, AskerName);
        Good = [Asker, Writer, $"Bearer {Tokens.Good}", $"Bearer {Tokens.GoodEcdsa}"];
    }

    /// <summary>Tokens that are not to be believed.</summary>
    public HostileTokens Tokens { get; }

    /// <summary>What each of the ways to prove who calls looks like when it is right.</summary>
    public IReadOnlyList<string> Good { get; }

    public static string Asker => $"Bearer {AskerKey}";

    public static string Writer => $"Bearer {WriterKey}";

    public static string WriterSecret => WriterKey;

    /// <summary>What must not come back in any answer.</summary>
    public static IEnumerable<string> Secrets => [AskerKey, WriterKey];

    /// <summary>Writes the grants and the keys of tokens, and gives the settings that name them.</summary>
    public IReadOnlyList<string> Write()
    {
        var (grants, keys) = (Path.Combine(_folder, "grants.json"), Path.Combine(_folder, "keys.json"));
        var document = new GrantsDocument { Version = 1, Callers = [EntryOf(AskerName, AskerKey, mayRecord: false), EntryOf(WriterName, WriterKey, mayRecord: true)] };
        File.WriteAllBytes(grants, JsonSerializer.SerializeToUtf8Bytes(document, GrantsJsonContext.Default.GrantsDocument));
        File.WriteAllText(keys, _forge.WriteKeySet());
        return
        [
            $"Consent:Access:GrantsFile={grants}",
            $"Consent:Access:Jwt:Issuer={TokenForge.Issuer}",
            $"Consent:Access:Jwt:Audience={TokenForge.Audience}",
            $"Consent:Access:Jwt:KeysFile={keys}",
        ];
    }

    public void Dispose()
    {
        _forge.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static CallerEntry EntryOf(string name, string key, bool mayRecord) => new()
    {
        Name = name,
        KeysSha256 = [Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)))],
        JwtSubjects = [name],
        Rpcs = ["*"],
        Kinds = ["USE", "CONTRACTOR", "THIRD_PARTY", "ANONYMIZED"],
        Purposes = [1, 2, 3, 4, 5, 6, 7, 8],
        Vendors = ["*"],
        MayClaimExceptions = true,
        MayRecord = mayRecord ? ["*"] : [],
    };
}
