using System.Net;
using Belong.ConsentService.Access;
using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Access.Jwt;
using Microsoft.AspNetCore.Http;

namespace Belong.ConsentService.Tests.Access;

public sealed class DevelopmentCallerTests
{
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.9.10", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData(null, false)]
    public void The_caller_of_a_local_development_works_from_loopback_only_unless_everybody_may_do_everything(string? address, bool isKnown)
    {
        Assert.Equal(isKnown, IsLetIn(new AccessSettings(), address));
        Assert.True(IsLetIn(new AccessSettings { AllowEverybodyToDoEverything = true }, address));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_grants_loopback_is_nobody(bool isOpen)
    {
        Assert.False(IsLetIn(new AccessSettings { GrantsFile = "grants.json", AllowEverybodyToDoEverything = isOpen }, "127.0.0.1"));
        Assert.False(IsLetIn(new AccessSettings { GrantsInDatabase = true, AllowEverybodyToDoEverything = isOpen }, "127.0.0.1"));
    }

    private static bool IsLetIn(AccessSettings settings, string? address)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = address is null ? null : IPAddress.Parse(address);
        return new Identification(settings, new GrantsHolder(), new JwtKeysHolder(settings.Jwt, TimeProvider.System), new OwnCalls(), TimeProvider.System).Identify(http).Caller is not null;
    }
}
