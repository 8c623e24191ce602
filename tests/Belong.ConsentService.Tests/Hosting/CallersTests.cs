using System.Net;
using Belong.ConsentService.Hosting;
using Microsoft.AspNetCore.Http;

namespace Belong.ConsentService.Tests.Hosting;

public sealed class CallersTests
{
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.9.10", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData(null, false)]
    public void The_caller_of_a_local_development_works_from_loopback_only(string? address, bool isKnown)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = address is null ? null : IPAddress.Parse(address);
        Assert.Equal(isKnown, new Callers(new ConsentSettings()).Identify(http) is not null);
    }

    [Fact]
    public void With_callers_in_the_settings_loopback_is_nobody()
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Loopback;
        var settings = new ConsentSettings { Callers = { ["shop"] = new CallerSettings { KeySha256 = [new string('0', 64)] } } };
        Assert.Null(new Callers(settings).Identify(http));
    }
}
