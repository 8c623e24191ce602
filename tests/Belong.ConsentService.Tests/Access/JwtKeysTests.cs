using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Belong.ConsentService.Access.Jwt;

namespace Belong.ConsentService.Tests.Access;

/// <summary>Keys by which no token is to be judged.</summary>
public class JwtKeysTests
{
    private static readonly JwtSettings Settings = new() { Issuer = Issuer.Name, Audience = Issuer.Audience };

    public static TheoryData<string, string> Useless => new()
    {
        { "too short", Rsa(1_024) },
        { "known to both sides", JsonSerializer.Serialize(new { kty = "oct", kid = "shared", k = Base64Url.EncodeToString(new byte[32]) }) },
        { "for encryption", Rsa(2_048, use: "enc") },
        { "without a name", Rsa(2_048, kid: "") },
        { "private", Rsa(2_048, withPrivate: true) },
    };

    [Theory]
    [MemberData(nameof(Useless))]
    public void A_key_set_of_nothing_else_is_refused(string why, string key)
    {
        var error = Assert.Throws<InvalidKeysException>(() => JwtKeys.Read($"{{\"keys\":[{key}]}}", Settings, TimeProvider.System));
        Assert.True(error.Message == "it holds no public key for signatures with a kid: RSA of at least 2048 bits, or EC", $"{why}: {error.Message}");
        Assert.Equal(1, JwtKeys.Read($"{{\"keys\":[{key},{Rsa(2_048)}]}}", Settings, TimeProvider.System).Count);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("[]")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"!\",\"e\":\"AQAB\"}]}")]
    public void What_is_no_key_set_is_refused_as_that(string text) =>
        Assert.Throws<InvalidKeysException>(() => JwtKeys.Read(text, Settings, TimeProvider.System));

    private static string Rsa(int bits, string kid = "rsa", string use = "sig", bool withPrivate = false)
    {
        using var rsa = RSA.Create(bits);
        var numbers = rsa.ExportParameters(withPrivate);
        var key = new Dictionary<string, string> { ["kty"] = "RSA", ["kid"] = kid, ["use"] = use, ["n"] = Encode(numbers.Modulus), ["e"] = Encode(numbers.Exponent) };
        if (withPrivate)
        {
            (key["d"], key["p"], key["q"]) = (Encode(numbers.D), Encode(numbers.P), Encode(numbers.Q));
            (key["dp"], key["dq"], key["qi"]) = (Encode(numbers.DP), Encode(numbers.DQ), Encode(numbers.InverseQ));
        }

        return JsonSerializer.Serialize(key);
    }

    private static string Encode(byte[]? bytes) => Base64Url.EncodeToString(bytes);
}
