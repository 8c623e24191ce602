using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Belong.ConsentService.Dev.Fuzz.Messages;

namespace Belong.ConsentService.Dev.Fuzz.Tokens;

/// <summary>Tokens that must not be believed, each wrong in one way at least. Signing costs: what is signed is kept and spoilt again.</summary>
/// <param name="subject">Of a caller that is known: but for what is wrong the token would be good.</param>
internal sealed class HostileTokens(TokenForge forge, string subject)
{
    private const int HugeCharacters = 1_000_000;
    private const int RarePerTenThousand = 5;

    private static readonly string[] Algorithms =
        ["none", "None", "NONE", "nOnE", "", "HS256", "hs256", "HS384", "HS512", "RS1", "RSA1_5", "dir", "A256KW", "ES256K", "EdDSA", "null", "RS256\0", " RS256"];

    private static readonly string[] KeyIds =
    [
        "", "nobody", "../../../../dev/null", "/dev/null", "file:///dev/null", "http://127.1/keys", "' OR '1'='1", "rsa-1' UNION SELECT 'x", "rsa-1\0", "RSA-1", "rsa-1 ", "*", "%2e%2e%2f", "${x}",
    ];

    private readonly Lazy<string[]> _signed = new(() => SignAll(forge, subject));

    /// <summary>A token that must be believed.</summary>
    public string Good => forge.Sign(TokenForge.Header(), TokenForge.Claims(subject));

    public string GoodEcdsa => forge.Sign(TokenForge.Header("ES256", TokenForge.EcdsaKeyId), TokenForge.Claims(subject));

    public string Next(Random random)
    {
        if (random.Next(10_000) < RarePerTenThousand)
        {
            return Huge(random);
        }

        return random.Next(7) switch
        {
            0 => TokenForge.Bare(TokenForge.Header(Algorithms[random.Next(Algorithms.Length)]), TokenForge.Claims(subject)) + (random.Next(2) == 0 ? "" : "AAAA"),
            1 => Confuse(random),
            2 => WithHeader(random),
            3 => Garbage(random),
            4 => SpoilGood(random),
            _ => _signed.Value[random.Next(_signed.Value.Length)],
        };
    }

    /// <summary>A public key used as the secret of an HMAC.</summary>
    private string Confuse(Random random)
    {
        byte[][] secrets =
        [
            Encoding.ASCII.GetBytes(forge.Rsa.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(forge.Rsa.ExportRSAPublicKeyPem()), forge.Rsa.ExportSubjectPublicKeyInfo(),
            Encoding.ASCII.GetBytes(forge.WriteKeySet()), [], "secret"u8.ToArray(), forge.Rsa.ExportParameters(false).Modulus!,
        ];
        var secret = secrets[random.Next(secrets.Length)];
        var algorithm = random.Next(2) == 0 ? "HS256" : "RS256";
        return TokenForge.With(TokenForge.Header(algorithm), TokenForge.Claims(subject), signed => HMACSHA256.HashData(secret, signed));
    }

    /// <summary>A header that says where the key is to be found, or that there is more to it.</summary>
    private string WithHeader(Random random)
    {
        var header = TokenForge.Header(keyId: KeyIds[random.Next(KeyIds.Length)]);
        switch (random.Next(6))
        {
            case 0:
                header["jku"] = "http://attacker.test/keys.json";
                break;
            case 1:
                header["x5u"] = "http://attacker.test/cert.pem";
                break;
            case 2:
                var key = forge.Stranger.ExportParameters(false);
                header["jwk"] = new JsonObject { ["kty"] = "RSA", ["n"] = TokenForge.Encode(key.Modulus!), ["e"] = TokenForge.Encode(key.Exponent!) };
                break;
            case 3:
                header["x5c"] = new JsonArray(Convert.ToBase64String(HostileValues.Bytes(random, 40)));
                break;
            case 4:
                header["crit"] = new JsonArray("exp", "b64");
                header["b64"] = false;
                break;
            default:
                header["enc"] = "A256GCM";
                header["zip"] = "DEF";
                break;
        }

        return TokenForge.With(header, TokenForge.Claims(subject), signed => HostileValues.Bytes(random, 256));
    }

    private static string Garbage(Random random) => random.Next(9) switch
    {
        0 => "",
        1 => new string('.', random.Next(20)),
        2 => TokenForge.Encode(HostileValues.Bytes(random, random.Next(200))),
        3 => $"{TokenForge.Encode(HostileValues.Bytes(random, 30))}.{TokenForge.Encode(HostileValues.Bytes(random, 30))}.{TokenForge.Encode(HostileValues.Bytes(random, 30))}",
        4 => Encoding.Latin1.GetString(HostileValues.Bytes(random, random.Next(1, 300))).Replace('\0', ' ').Replace('\r', ' ').Replace('\n', ' '),
        5 => $"{TokenForge.Encode("{}"u8)}.{TokenForge.Encode("[]"u8)}.x",
        6 => $"{TokenForge.Encode(Encoding.ASCII.GetBytes(new string('[', 5_000)))}.{TokenForge.Encode("{}"u8)}.AA",
        7 => HostileValues.Text(random).Replace('\0', ' ').Replace('\r', ' ').Replace('\n', ' '),
        _ => "null.null.null",
    };

    /// <summary>One that was good: its signature, or one character of it, changed, its parts cut or put together anew.</summary>
    private string SpoilGood(Random random)
    {
        var good = _signed.Value[0];
        var parts = good.Split('.');
        return random.Next(9) switch
        {
            0 => $"{parts[0]}.{parts[1]}.",
            1 => $"{parts[0]}.{parts[1]}",
            2 => $"{parts[0]}..{parts[2]}",
            3 => good[..random.Next(good.Length)],
            4 => $"{parts[0]}.{TokenForge.Encode(Encoding.UTF8.GetBytes(TokenForge.Claims("fuzz-writer").ToJsonString()))}.{parts[2]}",
            5 => $"{parts[0]}.{parts[1]}.{parts[2]}.{parts[2]}",
            6 => $"{parts[0]}=.{parts[1]}==.{parts[2]}=",
            7 => good.Replace('-', '+').Replace('_', '/') + "+",
            _ => Change(good, random),
        };
    }

    private static string Change(string token, Random random)
    {
        // The last character of a part says little: some of its bits are of nothing.
        var at = random.Next(token.LastIndexOf('.') - 2);
        var characters = token.ToCharArray();
        characters[at] = characters[at] == 'A' ? 'B' : 'A';
        return new string(characters);
    }

    private string Huge(Random random)
    {
        var claims = TokenForge.Claims(subject);
        claims["x"] = new string('x', random.Next(HugeCharacters));
        return TokenForge.Bare(TokenForge.Header(), claims) + "AAAA";
    }

    /// <summary>Signed with the right key, or a stranger's, over claims that are wrong. The first is spoilt further and never sent as it is.</summary>
    private static string[] SignAll(TokenForge forge, string subject)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        (string Claim, JsonNode? Value)[] wrong =
        [
            ("exp", now - 3_600), ("exp", 0), ("exp", -1), ("exp", "tomorrow"), ("exp", null), ("exp", now - 120), ("nbf", now + 3_600), ("nbf", "x"),
            ("iss", "https://issuer.test.evil"), ("iss", ""), ("iss", null), ("iss", new JsonArray(TokenForge.Issuer)), ("iss", "https://ISSUER.test"),
            ("aud", "other"), ("aud", ""), ("aud", null), ("aud", new JsonArray("other", "another")), ("aud", new JsonArray()), ("aud", 1), ("aud", "belong-consent "),
            ("sub", ""), ("sub", null), ("sub", "nobody"), ("sub", 1), ("sub", new JsonObject()), ("sub", "*"), ("sub", "fuzz-asker\0"),
        ];
        var tokens = wrong.Select(pair => forge.Sign(TokenForge.Header(), With(TokenForge.Claims(subject), pair.Claim, pair.Value))).ToList();
        tokens.Add(forge.SignText(TokenForge.Header().ToJsonString(), "not json", "RS256"));
        tokens.Add(forge.SignText(TokenForge.Header().ToJsonString(), "{\"exp\":" + new string('9', 400) + "}", "RS256"));
        tokens.Add(forge.SignText(TokenForge.Header().ToJsonString(), TokenForge.Claims(subject).ToJsonString().Replace("\"exp\":", "\"exp\":1,\"exp\":1,\"x\":", StringComparison.Ordinal), "RS256"));
        tokens.Add(forge.SignText(TokenForge.Header("ES256").ToJsonString(), TokenForge.Claims(subject).ToJsonString(), "RS256"));
        tokens.Add(forge.SignText(TokenForge.Header("RS256", TokenForge.EcdsaKeyId).ToJsonString(), TokenForge.Claims(subject).ToJsonString(), "RS256"));
        tokens.AddRange(Enumerable.Range(0, 8).Select(_ => TokenForge.With(TokenForge.Header(), TokenForge.Claims(subject),
            signed => forge.Stranger.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))));
        return [.. tokens];
    }

    private static JsonObject With(JsonObject claims, string claim, JsonNode? value)
    {
        claims.Remove(claim);
        if (value is not null)
        {
            claims[claim] = value.DeepClone();
        }

        return claims;
    }
}
