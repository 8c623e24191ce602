using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Belong.ConsentService.Dev.Fuzz.Tokens;

/// <summary>Makes tokens (RFC 7519) with keys of its own, right ones and wrong ones, and the set of the keys that are to be believed.</summary>
internal sealed class TokenForge : IDisposable
{
    public const string Issuer = "https://issuer.test";
    public const string Audience = "belong-consent";
    public const string RsaKeyId = "rsa-1";
    public const string EcdsaKeyId = "ec-1";

    private readonly RSA _stranger = RSA.Create(2_048);

    public RSA Rsa { get; } = RSA.Create(2_048);

    public ECDsa Ecdsa { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Of nobody who is believed.</summary>
    public RSA Stranger => _stranger;

    /// <summary>The public keys, as a JSON Web Key Set (RFC 7517).</summary>
    public string WriteKeySet()
    {
        var rsa = Rsa.ExportParameters(includePrivateParameters: false);
        var ecdsa = Ecdsa.ExportParameters(includePrivateParameters: false);
        return JsonSerializer.Serialize(new
        {
            keys = new object[]
            {
                new { kty = "RSA", use = "sig", alg = "RS256", kid = RsaKeyId, n = Encode(rsa.Modulus!), e = Encode(rsa.Exponent!) },
                new { kty = "EC", use = "sig", alg = "ES256", kid = EcdsaKeyId, crv = "P-256", x = Encode(ecdsa.Q.X!), y = Encode(ecdsa.Q.Y!) },
            },
        });
    }

    public static JsonObject Header(string algorithm = "RS256", string? keyId = RsaKeyId)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (keyId is not null)
        {
            header["kid"] = keyId;
        }

        return header;
    }

    /// <summary>The claims of a token that is good for a while.</summary>
    public static JsonObject Claims(string subject)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return new JsonObject { ["iss"] = Issuer, ["aud"] = Audience, ["sub"] = subject, ["iat"] = now, ["nbf"] = now - 60, ["exp"] = now + 3_600 };
    }

    /// <summary>Signed by the key that the set holds.</summary>
    public string Sign(JsonObject header, JsonObject claims) => SignText(header.ToJsonString(), claims.ToJsonString(), header["alg"]?.GetValue<string>() ?? "RS256");

    /// <summary>The same of texts that need be no JSON.</summary>
    public string SignText(string header, string claims, string algorithm)
    {
        var signed = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Encode(SignBytes(Encoding.ASCII.GetBytes(signed), algorithm))}";
    }

    /// <summary>Without any signature.</summary>
    public static string Bare(JsonObject header, JsonObject claims) =>
        $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}.";

    /// <summary>With a signature of any bytes.</summary>
    public static string With(JsonObject header, JsonObject claims, Func<byte[], byte[]> sign)
    {
        var signed = Bare(header, claims)[..^1];
        return $"{signed}.{Encode(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    public void Dispose()
    {
        Rsa.Dispose();
        Ecdsa.Dispose();
        _stranger.Dispose();
    }

    private byte[] SignBytes(byte[] signed, string algorithm) => algorithm switch
    {
        "ES256" => Ecdsa.SignData(signed, HashAlgorithmName.SHA256),
        "PS256" => Rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        "RS512" => Rsa.SignData(signed, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
        _ => Rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
    };
}
