using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Belong.ConsentService.Access.Jwt;

/// <summary>
/// One version of the issuer's keys, and the tokens that were found good by them: a signature is worth many checks, and is
/// looked at once. A new version of the keys begins without any. Only good tokens are kept, so that nobody else can fill it.
/// </summary>
internal sealed class JwtKeys
{
    private const int MaxKnownTokens = 10_000;
    private const int MinRsaBits = 2_048;
    private const int MaxKeys = 100;

    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = Identification.MaxCredentialLength };
    private readonly ConcurrentDictionary<UInt128, KnownToken> _known = new();
    private readonly TokenValidationParameters _demands;
    private readonly HashSet<string> _ids;
    private readonly TimeProvider _time;
    private readonly TimeSpan _skew;

    private JwtKeys(string text, IReadOnlyList<SecurityKey> keys, JwtSettings settings, TimeProvider time)
    {
        Text = text;
        _ids = keys.Select(key => key.KeyId).ToHashSet(StringComparer.Ordinal);
        _time = time;
        _skew = TimeSpan.FromSeconds(settings.ClockSkewSeconds);
        _demands = new TokenValidationParameters
        {
            ValidIssuer = settings.Issuer,
            ValidAudience = settings.Audience,
            IssuerSigningKeys = keys,
            ValidAlgorithms = Algorithms,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            RequireAudience = true,
            TryAllIssuerSigningKeys = false,
            LifetimeValidator = (from, to, _, _) => IsInForce(from, to),
        };
    }

    /// <summary>As it was read.</summary>
    public string Text { get; }

    public int Count => _ids.Count;

    /// <exception cref="InvalidKeysException">It is no JWKS, or holds no key that can be used.</exception>
    public static JwtKeys Read(string text, JwtSettings settings, TimeProvider time)
    {
        IList<JsonWebKey> found;
        try
        {
            found = new JsonWebKeySet(text).Keys;
        }
        catch (Exception e) when (e is ArgumentException or System.Text.Json.JsonException)
        {
            throw new InvalidKeysException("it is no JSON Web Key Set");
        }

        List<SecurityKey> keys;
        try
        {
            keys = [.. found.Where(IsUsable).Take(MaxKeys)];
        }
        catch (FormatException)
        {
            throw new InvalidKeysException("one of its keys has a number that is no base64url");
        }

        return keys.Count > 0
            ? new JwtKeys(text, keys, settings, time)
            : throw new InvalidKeysException($"it holds no public key for signatures with a kid: RSA of at least {MinRsaBits} bits, or EC");
    }

    /// <summary>The subject of a token that was found good before and is so now.</summary>
    /// <param name="hash">SHA-256 of the token.</param>
    public string? FindKnown(ReadOnlySpan<byte> hash)
    {
        if (!_known.TryGetValue(KeyOf(hash), out var token) || !CryptographicOperations.FixedTimeEquals(token.Hash, hash))
        {
            return null;
        }

        return _time.GetUtcNow() < token.GoodUntil ? token.Subject : null;
    }

    /// <summary>Names a key that is not among these: there may be a new one.</summary>
    public bool IsOfUnknownKey(string token)
    {
        try
        {
            return _handler.CanReadToken(token) && !_ids.Contains(_handler.ReadJsonWebToken(token).Kid ?? "");
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The subject of a token; null when the token is not good.</summary>
    public async Task<string?> ValidateAsync(string token, byte[] hash)
    {
        var result = await _handler.ValidateTokenAsync(token, _demands);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken { Subject.Length: > 0 } good)
        {
            return null;
        }

        if (_known.Count >= MaxKnownTokens)
        {
            _known.Clear();
        }

        _known[KeyOf(hash)] = new KnownToken(hash, good.Subject, new DateTimeOffset(good.ValidTo, TimeSpan.Zero) + _skew);
        return good.Subject;
    }

    private bool IsInForce(DateTime? from, DateTime? to)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return to is { } end && now < end + _skew && (from is not { } start || now >= start - _skew);
    }

    /// <summary>Keys that both sides know are left out: whoever checks a token could make one.</summary>
    private static bool IsUsable(JsonWebKey key) => key is { Kid.Length: > 0, Use: null or "" or "sig", HasPrivateKey: false }
        && (key.Kty == JsonWebAlgorithmsKeyTypes.EllipticCurve || (key.Kty == JsonWebAlgorithmsKeyTypes.RSA && key.KeySize >= MinRsaBits));

    private static UInt128 KeyOf(ReadOnlySpan<byte> hash) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);

    private sealed record KnownToken(byte[] Hash, string Subject, DateTimeOffset GoodUntil);
}

/// <summary>A key set cannot be used.</summary>
public sealed class InvalidKeysException(string message) : Exception(message);
