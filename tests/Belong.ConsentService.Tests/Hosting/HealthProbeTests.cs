using System.Globalization;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Testing;

namespace Belong.ConsentService.Tests.Hosting;

/// <summary>The command health, by which a container tells how it is.</summary>
public sealed class HealthProbeTests
{
    [Fact]
    public async Task It_ends_with_0_only_while_the_instance_says_that_it_is_well()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartFreshAsync();
        var port = instance.Http.BaseAddress!.Port;

        Assert.Equal((0, ""), await AskAsync(port, "ready", "0.0.0.0"));
        Assert.Equal((0, ""), await AskAsync(port, "ready", "127.0.0.1", "health"));
        Assert.Equal((0, ""), await AskAsync(port, "live: ", "127.0.0.1", "health", "live"));

        instance.Get<Readiness>().Stop();
        Assert.Equal((1, ""), await AskAsync(port, "not ready: stopping", "0.0.0.0"));
        Assert.Equal((1, ""), await AskAsync(port, "degraded: stopping", "0.0.0.0", "health", "degraded"));
        Assert.Equal((0, ""), await AskAsync(port, "live: ", "0.0.0.0", "health", "live"));
    }

    [Fact]
    public async Task It_ends_with_1_when_nobody_answers()
    {
        var port = LoopbackPort.FindFree();
        var (code, errors) = await AskAsync(port, "", "127.0.0.1");
        Assert.Equal(1, code);
        Assert.StartsWith($"http://127.0.0.1:{port}/healthz/ready does not answer: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_that_there_is_not_is_refused()
    {
        foreach (var words in new string[][] { ["health", "readi"], ["health", "ready", "live"] })
        {
            var (code, errors) = await AskAsync(1, "", "127.0.0.1", words);
            Assert.Equal((2, $"The probe is '{string.Join(' ', words[1..])}': ready, live, degraded or none, which is ready, is allowed"), (code, errors.Trim()));
        }
    }

    /// <summary>Asks with the settings of the instance, and a proxy that must not be gone by.</summary>
    private static async Task<(int Code, string Errors)> AskAsync(int port, string start, string address, params string[] words)
    {
        var (code, errors, output) = await ServiceCommand.RunAsync(
            words.Length == 0 ? ["health"] : words,
            ("Consent__Postgres__ConnectionString", "Host=127.0.0.1;Port=1"),
            ("Consent__Redis__Configuration", "127.0.0.1:1"),
            ("Consent__Access__AllowEverybodyToDoEverything", "true"),
            ("Consent__Access__AllowPlaintextBeyondLoopback", "true"),
            ("Consent__Listen__Address", address),
            ("Consent__Listen__MetricsPort", port.ToString(CultureInfo.InvariantCulture)),
            ("HTTP_PROXY", "http://127.0.0.1:1"));
        Assert.StartsWith(start, output, StringComparison.Ordinal);
        return (code, errors);
    }
}
