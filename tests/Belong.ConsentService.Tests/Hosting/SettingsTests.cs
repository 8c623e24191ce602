using Belong.ConsentService.Hosting;
using Microsoft.Extensions.Configuration;

namespace Belong.ConsentService.Tests.Hosting;

/// <summary>What is wrong with the settings is said at once, all of it.</summary>
public sealed class SettingsTests
{
    private static readonly Dictionary<string, string?> Sound = new()
    {
        ["Postgres:ConnectionString"] = "Host=localhost;Database=consent",
        ["Redis:Configuration"] = "localhost:6379",
    };

    [Fact]
    public void Sound_settings_are_taken()
    {
        var settings = Read(("Roles:0", "feed"), ("DrainMs", "250"), ("Reflection", "false"), ("Feed:BatchSize", "7"), ("Access:GrantsInDatabase", "TRUE"));
        Assert.Equal(["feed"], settings.Roles);
        Assert.Equal((250, false, 7), (settings.DrainMs, settings.Reflection, settings.Feed.BatchSize));
        Assert.True(settings.Access is { IsOn: true, GrantsInDatabase: true });
        Assert.Equal(["serve", "feed"], Read().Roles);
        foreach (var pool in new[] { "Maximum Pool Size=135", "Pooling=false;Maximum Pool Size=5", "Minimum Pool Size=2" })
        {
            Assert.Contains(pool, Read(("Postgres:ConnectionString", $"Host=h;{pool}")).Postgres.ConnectionString, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Roles:0", "both", "Consent:Roles is 'both': serve, feed or both")]
    [InlineData("Listen:Address", "here", "Consent:Listen:Address is 'here': an IP address")]
    [InlineData("Listen:GrpcPort", "65536", "Consent:Listen:GrpcPort is 65536: 0 to 65535")]
    [InlineData("Listen:MetricsPort", "-1", "Consent:Listen:MetricsPort is -1: 0 to 65535")]
    [InlineData("Listen:MetricsPort", "5080", "Consent:Listen:MetricsPort is 5080: another port than GrpcPort")]
    [InlineData("Listen:GrpcPort", "many", "Consent:Listen:GrpcPort is 'many': a whole number")]
    [InlineData("Reflection", "perhaps", "Consent:Reflection is 'perhaps': true or false")]
    [InlineData("Listen", "5080", "Consent:Listen holds a value: a section")]
    [InlineData("Listen:GrpcPort:Number", "5080", "Consent:Listen:GrpcPort holds a section: one value")]
    [InlineData("Postgres:ConnectionString", "", "Consent:Postgres:ConnectionString is missing")]
    [InlineData("Postgres:ConnectionString", "Hots=x;Password=secret", "Consent:Postgres:ConnectionString cannot be read")]
    [InlineData("Postgres:FeedConnectionString", "Hots=x", "Consent:Postgres:FeedConnectionString cannot be read")]
    [InlineData("Redis:Configuration", "", "Consent:Redis:Configuration is missing")]
    [InlineData("Redis:Configuration", "allowAdmin=perhaps", "Consent:Redis:Configuration cannot be read")]
    [InlineData("Redis:Configuration", "ssl=true", "Consent:Redis:Configuration names no server")]
    [InlineData("Redis:Prefix", "a:b", "Consent:Redis:Prefix is 'a:b': 1 to 16 letters and digits")]
    [InlineData("Redis:Prefix", "", "Consent:Redis:Prefix is ''")]
    [InlineData("Postgres:MaxConcurrentLookups", "0", "Consent:Postgres:MaxConcurrentLookups is 0: 1 to 10000")]
    [InlineData("Postgres:LookupTimeoutMs", "0", "Consent:Postgres:LookupTimeoutMs is 0")]
    [InlineData("Postgres:ConnectionString", "Host=h;Password=secret;Maximum Pool Size=134", "Consent:Postgres:ConnectionString has a Maximum Pool Size of 134: at least 135 is allowed")]
    [InlineData("Limits:MaxConcurrentChecks", "0", "Consent:Limits:MaxConcurrentChecks is 0: 1 to 100000")]
    [InlineData("Limits:MaxConcurrentRegistryCalls", "0", "Consent:Limits:MaxConcurrentRegistryCalls is 0: 1 to 10000")]
    [InlineData("Limits:MaxConcurrentWatches", "1001", "Consent:Limits:MaxConcurrentWatches is 1001: 1 to 1000")]
    [InlineData("Audience:MaxPositionAgeSeconds", "59", "Consent:Audience:MaxPositionAgeSeconds is 59: 60 to 31536000")]
    [InlineData("Limits:MaxConcurrentImports", "101", "Consent:Limits:MaxConcurrentImports is 101: 1 to 100")]
    [InlineData("Registry:IdleTransactionTimeoutMs", "99", "Consent:Registry:IdleTransactionTimeoutMs is 99: 100 to 600000")]
    [InlineData("Redis:LookupTimeoutMs", "60001", "Consent:Redis:LookupTimeoutMs is 60001")]
    [InlineData("Freshness:SensitiveBoundMs", "999", "Consent:Freshness:SensitiveBoundMs is 999")]
    [InlineData("Freshness:OtherBoundMs", "86400001", "Consent:Freshness:OtherBoundMs is 86400001")]
    [InlineData("Freshness:OtherBoundMs", "59999", "Consent:Freshness:OtherBoundMs is 59999: at least SensitiveBoundMs (60000)")]
    [InlineData("Freshness:ProbeMs", "9", "Consent:Freshness:ProbeMs is 9")]
    [InlineData("WarmUp:MaxMs", "-1", "Consent:WarmUp:MaxMs is -1: 0 to 600000")]
    [InlineData("DrainMs", "-1", "Consent:DrainMs is -1")]
    [InlineData("Traces:OtlpEndpoint", "collector:4317", "Consent:Traces:OtlpEndpoint is 'collector:4317': a URL such as")]
    [InlineData("Traces:OtlpEndpoint", "/v1/traces", "Consent:Traces:OtlpEndpoint is '/v1/traces': a URL such as")]
    [InlineData("Traces:SampleRatio", "1.5", "Consent:Traces:SampleRatio is 1.5: 0 to 1 is allowed")]
    [InlineData("Traces:SampleRatio", "NaN", "Consent:Traces:SampleRatio is NaN: 0 to 1 is allowed")]
    [InlineData("Feed:GarbageWaitSeconds", "-1", "Consent:Feed:GarbageWaitSeconds is -1: 0 to 86400")]
    [InlineData("Audit:SharePerMinutePercent", "-1", "Consent:Audit:SharePerMinutePercent is -1: 0 or 0.001 to 1000000")]
    [InlineData("Audit:SharePerMinutePercent", "NaN", "Consent:Audit:SharePerMinutePercent is NaN")]
    [InlineData("Audit:SharePerMinutePercent", "much", "Consent:Audit:SharePerMinutePercent is 'much': a number is allowed")]
    [InlineData("Audit:MaxMembersPerSecond", "0", "Consent:Audit:MaxMembersPerSecond is 0")]
    [InlineData("Audit:PageSize", "0", "Consent:Audit:PageSize is 0")]
    [InlineData("Audit:CoverTimeoutMs", "0", "Consent:Audit:CoverTimeoutMs is 0")]
    [InlineData("Audit:TakeOverMs", "0", "Consent:Audit:TakeOverMs is 0")]
    [InlineData("Feed:BatchSize", "0", "Consent:Feed:BatchSize is 0")]
    [InlineData("Feed:MaxBackoffMs", "10", "Consent:Feed:MaxBackoffMs is 10: 50 to")]
    [InlineData("Access:ReloadMs", "9", "Consent:Access:ReloadMs is 9: 10 to 600000")]
    [InlineData("Access:Jwt:Issuer", "x", "Consent:Access:Jwt is given: with Consent:Access:GrantsFile or GrantsInDatabase")]
    [InlineData("Access:Jwt:Issuer", "x", "Consent:Access:Jwt:Audience is missing")]
    [InlineData("Access:Jwt:Audience", "x", "Consent:Access:Jwt:Issuer is missing")]
    [InlineData("Access:Jwt:Audience", "x", "Consent:Access:Jwt has both or neither of KeysFile and KeysUrl")]
    [InlineData("Access:Jwt:KeysUrl", "http://keys.example/jwks", "Consent:Access:Jwt:KeysUrl is 'http://keys.example/jwks': an https address")]
    [InlineData("Listen:Tls:CertificateFile", "x", "Consent:Listen:Tls has one of CertificateFile and KeyFile")]
    [InlineData("Listen:Tls:ClientCaFile", "x", "Consent:Listen:Tls:ClientCaFile is 'x': with CertificateFile and KeyFile")]
    [InlineData("Listen:Tls:ClientCaFile", "x", "Consent:Listen:Tls:ClientCaFile is 'x': with Consent:Access:GrantsFile or GrantsInDatabase")]
    [InlineData("Access:AllowEverybody", "true", "Consent:Access:AllowEverybody is unknown")]
    [InlineData("Postgers:ConnectionString", "x", "Consent:Postgers is unknown: Roles, Listen, Postgres")]
    public void Each_fault_is_named(string setting, string value, string sentence)
    {
        var errors = Errors((setting, value));
        Assert.Contains(errors, error => error.StartsWith(sentence, StringComparison.Ordinal));
        Assert.DoesNotContain(errors, error => error.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("10.0.0.1")]
    public void Beyond_loopback_callers_must_say_who_they_are_over_TLS_unless_a_setting_says_otherwise(string address)
    {
        (string, string?)[] tls = [("Listen:Tls:CertificateFile", "a"), ("Listen:Tls:KeyFile", "b")];
        (string, string?) here = ("Listen:Address", address);
        Assert.Equal(
            $"Consent:Listen:Address is '{address}': without Consent:Access:GrantsFile or GrantsInDatabase only a loopback address is allowed (or AllowEverybodyToDoEverything)",
            Assert.Single(Errors([here, .. tls])));
        Assert.Equal(
            $"Consent:Listen:Address is '{address}': without Consent:Listen:Tls only a loopback address is allowed (or Consent:Access:AllowPlaintextBeyondLoopback)",
            Assert.Single(Errors(here, ("Access:GrantsFile", "c"))));
        Assert.Equal(2, Errors(here).Count);
        Assert.Equal(address, Read([here, ("Access:GrantsFile", "c"), .. tls]).Listen.Address);
        Assert.Equal(address, Read(here, ("Access:GrantsInDatabase", "true"), ("Access:AllowPlaintextBeyondLoopback", "true")).Listen.Address);
        Assert.Equal(address, Read([here, ("Access:AllowEverybodyToDoEverything", "true"), .. tls]).Listen.Address);
    }

    [Fact]
    public void The_grants_are_in_one_place() =>
        Assert.Contains("one of both is allowed", Assert.Single(Errors(("Access:GrantsFile", "c"), ("Access:GrantsInDatabase", "true"))), StringComparison.Ordinal);

    [Fact]
    public void All_faults_are_listed_at_once()
    {
        var errors = Errors(
            ("Roles:0", "x"), ("Nonsense", "1"), ("Listen:Prot", "1"), ("Listen:GrpcPort", "y"), ("Listen:MetricsPort", "z"),
            ("Postgres:ConnectionString", ""), ("Redis:Configuration", ""), ("Freshness:ProbeMs", "1"), ("DrainMs", "-5"), ("Access:Jwt:Issuer", "i"));
        // The last is given without grants, an audience and keys.
        Assert.Equal(12, errors.Count);
    }

    private static ConsentSettings Read(params (string Name, string? Value)[] changes)
    {
        var all = new Dictionary<string, string?>(Sound);
        foreach (var (name, value) in changes)
        {
            all[name] = value;
        }

        var given = all.Where(entry => entry.Value is not null).Select(entry => KeyValuePair.Create($"Consent:{entry.Key}", entry.Value));
        return ConsentHost.ReadSettings(new ConfigurationBuilder().AddInMemoryCollection(given).Build());
    }

    private static IReadOnlyList<string> Errors(params (string Name, string? Value)[] changes) =>
        Assert.Throws<InvalidSettingsException>(() => Read(changes)).Errors;
}
