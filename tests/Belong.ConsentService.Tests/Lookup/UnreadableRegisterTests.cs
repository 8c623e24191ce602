using Belong.Consent.V1;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>Records of the register that cannot be read allow nothing.</summary>
public sealed class UnreadableRegisterTests
{
    [Fact]
    public async Task An_unreadable_policy_version_ends_the_answers_once_the_register_known_is_too_old()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        await instance.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(instance);
        Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-1")).Outcome);

        await stage.ExecuteAsync("INSERT INTO policy_version (id, record) VALUES ('unreadable', '[1]')");
        await Waiting.UntilAsync(async () => (await instance.Cache.ReadStateAsync(default))!.RegisterVersion == await stage.ReadOneAsync<long>("SELECT version FROM register"));
        stage.Clock.Advance(TimeSpan.FromSeconds(901));
        await AssertStoreDeniesAsync(instance);

        // One that starts now knows none.
        await AssertStoreDeniesAsync(await stage.StartAsync(settings => settings.Roles = ["serve"]));

        await stage.ExecuteAsync("""UPDATE policy_version SET record = '{"id":"unreadable"}' WHERE id = 'unreadable'""");
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Outcome == Outcome.Allow);
    }

    [Fact]
    public async Task An_unreadable_vendor_is_unknown_and_all_else_is_answered()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        await instance.RecordAsync("M-1", Registration());
        await stage.ExecuteAsync("UPDATE vendor SET record = '[1]' WHERE id = 'V-CARRIER'");
        await stage.WaitUntilCoveredAsync(instance);

        var disclosed = await instance.DiscloseAsync(new CheckDisclosureRequest
        {
            MemberId = "M-1",
            RecipientId = "V-CARRIER",
            Capacity = Capacity.Contractor,
            Purposes = { Purpose.ServiceDelivery },
            Items = { DataItem.Address },
        });
        Assert.Equal((Outcome.Deny, ReasonCode.VendorUnknown), (disclosed.Outcome, disclosed.Reasons.Single()));
        Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-1")).Outcome);
    }

    private static async Task AssertStoreDeniesAsync(ServiceInstance instance)
    {
        var decision = await instance.UseAsync("M-1");
        Assert.Equal((Outcome.Deny, true), (decision.Outcome, decision.Retryable));
    }
}
