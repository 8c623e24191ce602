using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Belong.ConsentService.Client.Tests;

/// <summary>Options are held to what is allowed before anything is asked, each field named.</summary>
public class OptionsTests
{
    public static TheoryData<string, Action<ConsentClientOptions>> Faults => new()
    {
        { "Addresses has 0 entries: 1 to 100 are allowed", options => options.Addresses = [] },
        { "Addresses[1] is 'consent:5080': must be https://host:port", options => options.Addresses = ["https://a:1", "consent:5080"] },
        { "Addresses[0] is 'https://a/b': must be https://host:port", options => options.Addresses = ["https://a/b"] },
        { "Addresses[0] is 'http://consent.example:5080': must be https: without TLS only loopback", options => options.Addresses = ["http://consent.example:5080"] },
        { "Addresses[1] is 'http://127.0.0.1:1': must be https as the first one is", options => options.Addresses = ["https://a:1", "http://127.0.0.1:1"] },
        { "Key has 0 characters: 1 to 8192 of printable ASCII", options => options.Key = "" },
        { "Key has 3 characters: 1 to 8192 of printable ASCII", options => options.Key = "a\nb" },
        { "Key and TokenProvider are both set: one of them is allowed", options => (options.Key, options.TokenProvider) = ("k", _ => ValueTask.FromResult("t")) },
        { "RootCertificates is empty", options => options.RootCertificates = [] },
        { "Timeout is 0 s: 0.001 to 300 s are allowed", options => options.Timeout = TimeSpan.Zero },
        { "BatchTimeout is 301 s: 0.001 to 300 s are allowed", options => options.BatchTimeout = TimeSpan.FromSeconds(301) },
        { "StreamStandstill is 0.5 s: 1 to 300 s are allowed", options => options.StreamStandstill = TimeSpan.FromSeconds(0.5) },
        { "StreamRetry is 3601 s: 0 to 3600 s are allowed", options => options.StreamRetry = TimeSpan.FromSeconds(3601) },
        { "DnsRefresh is 0 s: 1 to 3600 s are allowed", options => options.DnsRefresh = TimeSpan.Zero },
        { "MaxAttempts is 11: 1 to 10 are allowed", options => options.MaxAttempts = 11 },
        { "MaxBatchChecks is 0: 1 to 10000 are allowed", options => options.MaxBatchChecks = 0 },
        { "MaxAnswerBytes is 1: 65536 to 268435456 are allowed", options => options.MaxAnswerBytes = 1 },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named_at_the_start(string sentence, Action<ConsentClientOptions> spoil)
    {
        using var services = new ServiceCollection().AddConsentClient(options =>
        {
            options.Addresses = ["http://127.0.0.1:5080"];
            spoil(options);
        }).BuildServiceProvider();

        var error = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());

        Assert.StartsWith(sentence, Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var error = Assert.Throws<OptionsValidationException>(() => new ConsentClient(new ConsentClientOptions { MaxAttempts = 0 }));

        Assert.Equal(["Addresses", "MaxAttempts"], error.Failures.Select(failure => failure.Split(' ')[0]));
    }

    [Fact]
    public void One_line_registers_one_client()
    {
        using var services = new ServiceCollection().AddConsentClient(options => options.Addresses = ["https://consent.example:5080"]).BuildServiceProvider();

        services.GetRequiredService<IStartupValidator>().Validate();

        Assert.Same(services.GetRequiredService<IConsentClient>(), services.GetRequiredService<IConsentClient>());
    }
}
