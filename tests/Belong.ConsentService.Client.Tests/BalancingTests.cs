using Belong.Consent.V1;
using Grpc.Core;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Belong.ConsentService.Client.Tests;

/// <summary>Who is asked, of several.</summary>
public class BalancingTests
{
    [Fact]
    public async Task Calls_go_in_turns_and_to_none_that_does_not_serve()
    {
        await using var first = await FakeService.StartAsync();
        await using var second = await FakeService.StartAsync();
        using var client = Open(first, second);
        await AskAsync(client, () => first.Script.Requests.Count > 10 && second.Script.Requests.Count > 10);

        second.Say(ServingStatus.NotServing);
        var seen = -1;
        await AskAsync(client, () =>
        {
            // Once it has been passed over for a while it must stay so.
            var isPassedOver = first.Script.Requests.Count % 20 == 0 && seen == second.Script.Requests.Count;
            seen = first.Script.Requests.Count % 20 == 0 ? second.Script.Requests.Count : seen;
            return isPassedOver;
        });
        var before = second.Script.Requests.Count;
        for (var i = 0; i < 50; i++)
        {
            await client.CheckUseAsync(Decisions.Use());
        }

        Assert.Equal(before, second.Script.Requests.Count);
        second.Say(ServingStatus.Serving);
        await AskAsync(client, () => second.Script.Requests.Count > before);
    }

    [Fact]
    public async Task When_nobody_serves_the_call_fails_and_names_them()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open(options => options.MaxAttempts = 1);
        await client.CheckUseAsync(Decisions.Use());

        service.Say(ServingStatus.NotServing);
        ConsentUnavailableException? error = null;
        await AskAsync(client, () => error is not null, e => error = e);

        Assert.Contains($"No instance of the consent service says that it serves: 127.0.0.1:{service.Port}: NotServing", error!.Message, StringComparison.Ordinal);
        var asked = service.Script.Requests.Count;
        await Assert.ThrowsAsync<ConsentUnavailableException>(() => client.CheckUseAsync(Decisions.Use()));
        Assert.Equal(asked, service.Script.Requests.Count);
    }

    [Fact]
    public async Task Where_nobody_listens_the_call_fails_within_its_deadline()
    {
        using var client = new ConsentClient(new ConsentClientOptions { Addresses = ["http://127.0.0.1:9"], MaxAttempts = 2 });

        var error = await Assert.ThrowsAsync<ConsentUnavailableException>(() => client.CheckUseAsync(Decisions.Use()));

        Assert.Equal(StatusCode.Unavailable, error.Status);
    }

    [Fact]
    public async Task Without_health_all_are_asked_whatever_they_say()
    {
        await using var service = await FakeService.StartAsync();
        service.Say(ServingStatus.NotServing);
        using var client = service.Open(options => options.WatchHealth = false);

        Assert.IsType<Allowed>(await client.CheckUseAsync(Decisions.Use()));
    }

    private static ConsentClient Open(params FakeService[] services) => new(new ConsentClientOptions { Addresses = [.. services.Select(service => service.Address)] });

    /// <summary>Asks until it is so.</summary>
    private static async Task AskAsync(ConsentClient client, Func<bool> until, Action<ConsentUnavailableException>? failed = null)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!until())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(60), "it did not happen in time");
            try
            {
                await client.CheckUseAsync(Decisions.Use());
            }
            catch (ConsentUnavailableException e) when (failed is not null)
            {
                failed(e);
            }
        }
    }
}
