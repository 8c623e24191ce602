using System.Net;
using System.Security.Cryptography;
using System.Text;
using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Access.Jwt;
using Belong.ConsentService.Access.Tls;
using Belong.ConsentService.Rules;
using Microsoft.AspNetCore.Http.Features;

namespace Belong.ConsentService.Access;

/// <summary>
/// Finds out who calls: by <c>authorization: Bearer</c> with a key or a token, else by the client certificate; never by the
/// message. A header that is given decides alone.
/// </summary>
internal sealed class Identification(AccessSettings settings, GrantsHolder grants, JwtKeysHolder jwt, OwnCalls own, TimeProvider time)
{
    /// <summary>Of a key or a token.</summary>
    public const int MaxCredentialLength = 8_192;

    private const string Scheme = "Bearer ";

    private readonly Caller? _anybody = settings.IsOn ? null : MakeAnybody();

    /// <summary>False where nobody is asked who he is.</summary>
    public bool IsOn => _anybody is null;

    /// <summary>The caller, or why there is none; nothing of both for a token that has first to be judged.</summary>
    public Identity Identify(HttpContext http)
    {
        var header = http.Request.Headers.Authorization;
        if (header.Count == 0)
        {
            return _anybody is null ? IdentifyByCertificate(http) : IdentifyAnybody(http);
        }

        if (header.Count > 1 || header[0] is not { Length: <= MaxCredentialLength } value || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return _anybody is null ? new(AccessRefusal.KeyUnknown) : IdentifyAnybody(http);
        }

        return IdentifyBySecret(http, value);
    }

    /// <summary>Judges the token of a call that <see cref="Identify"/> left open.</summary>
    public async Task<Identity> ValidateAsync(HttpContext http)
    {
        var token = http.Request.Headers.Authorization[0]![Scheme.Length..];
        if (jwt.Current is not { } keys)
        {
            return new(AccessRefusal.GrantsUnknown);
        }

        if (await keys.ValidateAsync(token, SHA256.HashData(Encoding.UTF8.GetBytes(token))) is { } subject)
        {
            return CallerOrUnknown(grants.Current.FindBySubject(subject), AccessRefusal.TokenInvalid);
        }

        if (keys.IsOfUnknownKey(token))
        {
            jwt.Want();
        }

        return new(AccessRefusal.TokenInvalid);
    }

    private Identity IdentifyBySecret(HttpContext http, string value)
    {
        var present = grants.Current;
        if (present.SeenKeys.Find(value) is { } seen)
        {
            return new(seen);
        }

        Span<byte> secret = stackalloc byte[512];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var text = value.AsSpan(Scheme.Length);
        var bytes = Encoding.UTF8.GetMaxByteCount(text.Length) <= secret.Length ? secret : new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(text, bytes)], hash);
        if (present.FindByKey(hash) is { } caller)
        {
            present.SeenKeys.Add(value, caller);
            return new(caller);
        }

        if (own.IsKey(hash))
        {
            return new(own.Caller);
        }

        if (_anybody is not null)
        {
            return IdentifyAnybody(http);
        }

        if (!grants.IsKnown)
        {
            return new(AccessRefusal.GrantsUnknown);
        }

        if (!jwt.IsOn || text.Count('.') != 2)
        {
            return new(AccessRefusal.KeyUnknown);
        }

        return jwt.Current?.FindKnown(hash) is { } subject ? CallerOrUnknown(grants.Current.FindBySubject(subject), AccessRefusal.TokenInvalid) : default;
    }

    private Identity IdentifyByCertificate(HttpContext http)
    {
        if (http.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is not { } certificate)
        {
            return new(AccessRefusal.NoCredentials);
        }

        if (!grants.IsKnown)
        {
            return new(AccessRefusal.GrantsUnknown);
        }

        // It was good when the connection began.
        var names = CertificateNames.Of(certificate);
        return names.NotAfter < time.GetUtcNow().UtcDateTime
            ? new(AccessRefusal.CertificateUnknown)
            : CallerOrUnknown(grants.Current.FindByCertificate(names.Names), AccessRefusal.CertificateUnknown);
    }

    /// <summary>Where nobody is asked who he is.</summary>
    private Identity IdentifyAnybody(HttpContext http) =>
        settings.AllowEverybodyToDoEverything || (http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address))
            ? new(_anybody!)
            : new(AccessRefusal.NoCredentials);

    private static Identity CallerOrUnknown(Caller? caller, AccessRefusal cause) => caller is null ? new(cause) : new(caller);

    /// <summary>For development, where nobody is asked who he is.</summary>
    private static Caller MakeAnybody() => new("local-development")
    {
        Grant = Grant.For(Enum.GetValues<Kind>(), new PurposeSet(byte.MaxValue), true),
        Rpcs = RpcSet.All,
        Vendors = VendorSet.All,
        Facts = FactSet.All,
        MaxBatchChecks = Checks.BatchChecker.MaxChecks,
    };
}

/// <summary>A caller, or why there is none; neither while that is open.</summary>
internal readonly record struct Identity(Caller? Caller, AccessRefusal? Refusal)
{
    public Identity(Caller caller)
        : this(caller, null)
    {
    }

    public Identity(AccessRefusal refusal)
        : this(null, refusal)
    {
    }

    public bool IsOpen => Caller is null && Refusal is null;
}
