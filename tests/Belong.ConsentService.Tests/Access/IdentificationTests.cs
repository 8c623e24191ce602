using Belong.ConsentService.Access;
using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Access.Jwt;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Belong.ConsentService.Tests.Access;

/// <summary>Who calls, as time goes by on one connection.</summary>
public class IdentificationTests
{
    [Fact]
    public void A_certificate_that_ends_while_its_connection_lasts_is_nobodys_from_then_on()
    {
        using var authority = new Certificates();
        var http = new DefaultHttpContext();
        var certificate = authority.Client("dns:dm.example");
        http.Features.Set<ITlsConnectionFeature>(new TlsConnectionFeature { ClientCertificate = certificate });
        var clock = new SetClock { Now = new DateTimeOffset(certificate.NotAfter) };
        var entry = WrittenGrants.Everything("dm");
        entry.CertificateNames = ["dns:dm.example"];
        var caller = new Caller("dm");
        var identification = new Identification(
            new AccessSettings { GrantsInDatabase = true },
            new GrantsHolder { Current = new CallerGrants(1, [(entry, caller)]) },
            new JwtKeysHolder(new JwtSettings(), clock),
            new OwnCalls(),
            clock);

        Assert.Same(caller, identification.Identify(http).Caller);
        clock.Now = clock.Now.AddSeconds(1);
        Assert.Equal(AccessRefusal.CertificateUnknown, identification.Identify(http).Refusal);
    }

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
