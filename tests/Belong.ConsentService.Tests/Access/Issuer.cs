using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Belong.ConsentService.Tests.Access;

/// <summary>Makes tokens, good ones and all others, without the library that judges them.</summary>
internal sealed class Issuer : IDisposable
{
    public const string Name = "https://issuer.example";
    public const string Audience = "consent";

    private readonly RSA _rsa = RSA.Create(2_048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static Dictionary<string, object> Claims(string subject = "shop-1") => new()
    {
        ["iss"] = Name,
        ["aud"] = Audience,
        ["sub"] = subject,
        ["exp"] = DateTimeOffset.UtcNow.AddMinutes(10).ToUnixTimeSeconds(),
    };

    /// <summary>The keys as they are published.</summary>
    public string Jwks(string rsaId = "rsa", string ecId = "ec")
    {
        var (rsa, ec) = (_rsa.ExportParameters(false), _ec.ExportParameters(false));
        object[] keys =
        [
            new { kty = "RSA", use = "sig", kid = rsaId, n = Encode(rsa.Modulus!), e = Encode(rsa.Exponent!) },
            new { kty = "EC", kid = ecId, crv = "P-256", x = Encode(ec.Q.X!), y = Encode(ec.Q.Y!) },
            // Known to both sides: whoever judges by it could make one.
            new { kty = "oct", kid = "shared", k = Encode(new byte[32]) },
        ];
        return JsonSerializer.Serialize(new { keys });
    }

    public string Sign(Dictionary<string, object> claims, string algorithm = "RS256", string? kid = "rsa")
    {
        var header = new Dictionary<string, object> { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (kid is not null)
        {
            header["kid"] = kid;
        }

        var signed = $"{Encode(JsonSerializer.SerializeToUtf8Bytes(header))}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{signed}.{Encode(SignatureOf(algorithm, Encoding.ASCII.GetBytes(signed)))}";
    }

    public void Dispose()
    {
        _rsa.Dispose();
        _ec.Dispose();
    }

    private byte[] SignatureOf(string algorithm, byte[] signed) => algorithm switch
    {
        "RS256" => _rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        "PS256" => _rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        "ES256" => _ec.SignData(signed, HashAlgorithmName.SHA256),
        // Whoever takes the public key for a secret is deceived.
        "HS256" => HMACSHA256.HashData(_rsa.ExportSubjectPublicKeyInfo(), signed),
        "HS256-shared" => HMACSHA256.HashData(new byte[32], signed),
        _ => [],
    };

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
