using System.Net;
using System.Text;
using Belong.ConsentService.Access;
using Belong.ConsentService.Access.Jwt;
using Belong.ConsentService.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using static Belong.ConsentService.Tests.Access.AccessStage;

namespace Belong.ConsentService.Tests.Access;

/// <summary>Tokens of the issuer, for this audience, by a key in force, and no others.</summary>
public sealed class JwtTests(AccessStage stage) : IClassFixture<AccessStage>
{
    private const string Refused = "Unauthenticated UNAUTHENTICATED";

    [Fact]
    public async Task A_good_token_is_taken_and_all_others_are_not()
    {
        using var issuer = new Issuer();
        using var other = new Issuer();
        using var grants = GrantsFor("shop-1");
        var keys = Path.Combine(Path.GetDirectoryName(grants.Path)!, "keys.json");
        await File.WriteAllTextAsync(keys, issuer.Jwks());
        var instance = await StartAsync(grants, jwt => jwt.KeysFile = keys);

        string[] good = [issuer.Sign(Issuer.Claims()), issuer.Sign(Issuer.Claims(), "PS256"), issuer.Sign(Issuer.Claims(), "ES256", "ec"), issuer.Sign(With("aud", new[] { "else", Issuer.Audience }))];
        foreach (var token in good.Concat(good))
        {
            Assert.Equal("OK", await AskAsync(instance, Bearer(token)));
        }

        var sound = issuer.Sign(Issuer.Claims());
        var parts = sound.Split('.');
        Dictionary<string, string> bad = new()
        {
            ["of another issuer"] = issuer.Sign(With("iss", "https://other.example")),
            ["of no issuer"] = issuer.Sign(Without("iss")),
            ["for another audience"] = issuer.Sign(With("aud", "other")),
            ["for no audience"] = issuer.Sign(Without("aud")),
            ["that has ended"] = issuer.Sign(With("exp", DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeSeconds())),
            ["without an end"] = issuer.Sign(Without("exp")),
            ["that has not begun"] = issuer.Sign(With("nbf", DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds())),
            ["of a subject that is not registered"] = issuer.Sign(With("sub", "shop-2")),
            ["of no subject"] = issuer.Sign(Without("sub")),
            ["by another key of the same name"] = other.Sign(Issuer.Claims()),
            ["by a key that is not known"] = issuer.Sign(Issuer.Claims(), kid: "unknown"),
            ["that names no key"] = issuer.Sign(Issuer.Claims(), kid: null),
            ["unsigned"] = issuer.Sign(Issuer.Claims(), "none"),
            ["that takes the public key for a secret"] = issuer.Sign(Issuer.Claims(), "HS256"),
            ["by a secret in the key set"] = issuer.Sign(Issuer.Claims(), "HS256-shared", "shared").Replace("HS256-shared", "HS256", StringComparison.Ordinal),
            ["without its signature"] = $"{parts[0]}.{parts[1]}.",
            ["with another content"] = $"{parts[0]}.{issuer.Sign(With("sub", "desk-1")).Split('.')[1]}.{parts[2]}",
            ["cut short"] = sound[..^1],
            ["of two parts"] = $"{parts[0]}.{parts[1]}",
            ["of four parts"] = $"{sound}.{parts[2]}",
            ["too long"] = issuer.Sign(With("more", new string('x', 5_900))),
            ["that is none"] = "a.b.c",
        };
        foreach (var (what, token) in bad)
        {
            Assert.Equal((what, Refused), (what, await AskAsync(instance, Bearer(token))));
        }

        Assert.True(await ReadMetricAsync(instance, "consent_access_refused_total{cause=\"token_invalid\"}") >= 18);
        Assert.Equal(2, await ReadMetricAsync(instance, "consent_jwt_keys"));
        Assert.Equal("OK", await AskAsync(instance, Bearer(sound)));
        Assert.Equal("OK", await AskAsync(instance, Bearer("the key")));
    }

    [Fact]
    public async Task Keys_at_an_address_are_followed_and_a_token_by_a_new_key_makes_them_be_read()
    {
        using var issuer = new Issuer();
        using var next = new Issuer();
        var published = issuer.Jwks();
        await using var site = await PublishAsync(() => published);
        using var grants = GrantsFor("shop-1");
        var instance = await StartAsync(grants, jwt => (jwt.KeysUrl, jwt.RefreshSeconds) = (site.Urls.First() + "/jwks", 3_600));
        var (old, new_) = (Bearer(issuer.Sign(Issuer.Claims())), Bearer(next.Sign(Issuer.Claims(), kid: "rsa-2")));
        Assert.Equal(("OK", Refused), (await AskAsync(instance, old), await AskAsync(instance, new_)));

        // The address was asked for it just now; from here on it has both, and then only the new ones.
        published = published.Replace("]}", $",{next.Jwks("rsa-2", "ec-2")[9..]}", StringComparison.Ordinal);
        stage.Stage.Clock.Advance(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(async () => await AskAsync(instance, new_) == "OK");
        Assert.Equal("OK", await AskAsync(instance, old));
        published = next.Jwks("rsa-2", "ec-2");
        stage.Stage.Clock.Advance(TimeSpan.FromSeconds(10));
        await AskAsync(instance, Bearer(issuer.Sign(Issuer.Claims(), kid: "another")));
        await Waiting.UntilAsync(async () => await AskAsync(instance, old) == Refused);
        Assert.Equal("OK", await AskAsync(instance, new_));

        published = "{\"keys\": []}";
        stage.Stage.Clock.Advance(TimeSpan.FromSeconds(10));
        await AskAsync(instance, Bearer(issuer.Sign(Issuer.Claims(), kid: "another")));
        await Waiting.UntilAsync(async () => await ReadMetricAsync(instance, "consent_jwt_keys_errors_total") >= 1);
        Assert.Equal("OK", await AskAsync(instance, new_));

        // Nobody knows any more which keys are in force.
        stage.Stage.Clock.Advance(TimeSpan.FromSeconds(86_401));
        Assert.Equal("Unavailable GRANTS_UNKNOWN", await AskAsync(instance, new_));
    }

    [Theory]
    [InlineData("", "it is no JSON Web Key Set")]
    [InlineData("[]", "it is no JSON Web Key Set")]
    [InlineData("{}", "it holds no public key")]
    [InlineData("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"}]}", "it holds no public key")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"e\":\"AQAB\",\"n\":\"sXch\"}]}", "it holds no public key")]
    public void A_key_set_without_a_key_that_can_be_used_is_none(string text, string sentence) =>
        Assert.StartsWith(sentence, Assert.Throws<InvalidKeysException>(() => JwtKeys.Read(text, new JwtSettings(), TimeProvider.System)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_token_that_was_good_is_not_when_it_has_ended_or_its_key_has_gone()
    {
        using var issuer = new Issuer();
        var clock = new SetClock { Now = DateTimeOffset.UtcNow };
        var settings = new JwtSettings { Issuer = Issuer.Name, Audience = Issuer.Audience };
        var keys = JwtKeys.Read(issuer.Jwks(), settings, clock);
        var token = issuer.Sign(Issuer.Claims());
        var hash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(token));
        Assert.Null(keys.FindKnown(hash));
        Assert.Equal("shop-1", await keys.ValidateAsync(token, hash));
        Assert.Equal("shop-1", keys.FindKnown(hash));
        Assert.Null(JwtKeys.Read(issuer.Jwks(), settings, clock).FindKnown(hash));
        clock.Now += TimeSpan.FromMinutes(10.6);
        Assert.Null(keys.FindKnown(hash));
        Assert.Null(await keys.ValidateAsync(token, hash));
    }

    private static Dictionary<string, object> With(string claim, object value) => new(Issuer.Claims()) { [claim] = value };

    private static Dictionary<string, object> Without(string claim)
    {
        var claims = Issuer.Claims();
        claims.Remove(claim);
        return claims;
    }

    private static WrittenGrants GrantsFor(string subject)
    {
        var (shop, desk) = (WrittenGrants.Everything("shop", "the key"), WrittenGrants.Everything("desk"));
        (shop.JwtSubjects, desk.JwtSubjects) = ([subject], ["desk-1"]);
        return new WrittenGrants().Write(1, shop, desk);
    }

    private static async Task<WebApplication> PublishAsync(Func<string> keys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var site = builder.Build();
        site.Run(http => http.Response.WriteAsync(keys()));
        await site.StartAsync();
        return site;
    }

    private Task<ServiceInstance> StartAsync(WrittenGrants grants, Action<JwtSettings> keys) => stage.StartAsync(settings =>
    {
        grants.Apply(settings);
        settings.Access.Jwt = new JwtSettings { Issuer = Issuer.Name, Audience = Issuer.Audience };
        keys(settings.Access.Jwt);
    });

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
