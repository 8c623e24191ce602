using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Testing.Mix;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>An answer rests on facts that include the demanded write, however far behind the feed is.</summary>
public sealed class TokenTests
{
    [Fact]
    public async Task A_demanded_write_is_seen_although_the_feed_stands_still()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        await stage.StopFeedAsync();
        var token = await instance.RecordAsync("M-1", OptOut());
        Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-1", Purpose.DirectMarketing)).Outcome);

        var decision = await instance.UseAsync("M-1", token, default, Purpose.DirectMarketing);
        Assert.Equal([ReasonCode.DmOptedOut], decision.Reasons);
        Assert.Equal((2, FactsSource.Database), (decision.Basis.MemberVersion, decision.Basis.Source));

        // What was read was filled, and the value itself shows that it includes the write.
        Assert.Equal(FactsSource.Cache, (await instance.UseAsync("M-1", token, default, Purpose.DirectMarketing)).Basis.Source);
        // Of another member it shows nothing.
        Assert.Equal(FactsSource.Database, (await instance.UseAsync("M-2", token, default)).Basis.Source);
    }

    [Fact]
    public async Task A_suspension_is_seen_by_who_demands_it()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        await stage.StopFeedAsync();
        var carrier = DemoRegister.Changes.First(change => change.Vendor?.Id == "V-CARRIER").Vendor;
        carrier.Status = VendorStatus.Suspended;
        var token = await instance.RecordAsync(new RegisterChange { Vendor = carrier });

        var request = new CheckDisclosureRequest
        {
            MemberId = "M-1",
            RecipientId = "V-CARRIER",
            Purposes = { Purpose.ServiceDelivery },
            Items = { DataItem.Name },
        };
        Assert.Equal([ReasonCode.ContractorPermitted], (await instance.DiscloseAsync(request)).Reasons);
        request.Options = new CheckOptions { MinFactsVersion = token };
        var decision = await instance.DiscloseAsync(request);
        Assert.Equal([ReasonCode.VendorSuspended], decision.Reasons);
        Assert.Equal(2, decision.Basis.RegisterVersion);

        stage.Feed.Restore();
        await stage.WaitUntilCoveredAsync(instance);
        decision = await instance.DiscloseAsync(request);
        Assert.Equal((ReasonCode.VendorSuspended, FactsSource.Cache), (decision.Reasons.Single(), decision.Basis.Source));
    }

    [Fact]
    public async Task The_open_capacity_of_a_vendor_registered_a_moment_ago_is_found_by_who_demands_it()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        await stage.StopFeedAsync();
        var partner = DemoRegister.Changes.First(change => change.Vendor?.Id == "V-PARTNER").Vendor;
        partner.Id = "V-NEW";
        var token = await instance.RecordAsync(new RegisterChange { Vendor = partner });

        var request = new CheckDisclosureRequest
        {
            MemberId = "M-1",
            RecipientId = "V-NEW",
            Purposes = { Purpose.ServiceDelivery },
            Items = { DataItem.Name },
            RecipientPurpose = "SERVICE_LINK",
            Options = new CheckOptions { MinFactsVersion = token },
        };
        Assert.Equal([ReasonCode.NoThirdPartyConsent], (await instance.DiscloseAsync(request)).Reasons);

        // A third party needs a purpose of its own: known as one, it is asked for it.
        request.RecipientPurpose = "";
        var refusal = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => instance.DiscloseAsync(request));
        Assert.Contains("recipient_purpose is missing", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_a_database_that_the_feed_has_not_come_to_is_not_measured_by_the_old_one()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        await stage.StopFeedAsync();
        await stage.ExecuteAsync("UPDATE facts_identity SET generation = 'NEWGN'");
        // Of a number that the cache of the old generation has long seen.
        var token = new FactsToken("NEWGN", 3, false, FactsToken.HashOf("M-1"), 1).ToString();
        Assert.Equal(FactsSource.Database, (await instance.UseAsync("M-1", token, default)).Basis.Source);

        stage.Lookups.Cut();
        var decision = await instance.UseAsync("M-1", token, default);
        Assert.Equal((ReasonCode.FactsStale, true), (decision.Reasons.Single(), decision.Retryable));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_write_that_the_database_does_not_have_nothing_is_answered(bool isRegister)
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        // As after a restore that nobody has noticed yet.
        var later = ulong.Parse(await stage.ReadOneAsync<string>("SELECT pg_current_xact_id()::text"), System.Globalization.CultureInfo.InvariantCulture) + 1_000_000;
        var token = new FactsToken(await stage.ReadGenerationAsync(), later, isRegister, isRegister ? 0 : FactsToken.HashOf("M-1"), 1_000).ToString();
        var decision = await instance.UseAsync("M-1", token, default);
        Assert.Equal((ReasonCode.FactsStale, true), (decision.Reasons.Single(), decision.Retryable));
    }

    [Fact]
    public async Task A_demanded_write_has_begun_although_the_clock_of_the_instance_is_behind_the_writers()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        // As if recorded by an instance whose clock is half a minute ahead, and by one that cannot be believed.
        foreach (var (ahead, outcome) in new[] { (TimeSpan.FromSeconds(30), Outcome.Deny), (TimeSpan.FromMinutes(10), Outcome.Allow) })
        {
            var recordedAt = stage.Clock.GetUtcNow() + ahead;
            var member = $"M-{ahead.TotalSeconds:F0}";
            await instance.RecordAsync(member, Registration());
            var written = await instance.RecordAsync(member, OptOut(new Start { At = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(recordedAt) }));
            Assert.True(FactsToken.TryParse(written, out var token));
            var restamped = (token with { RecordedAt = Rules.Instant.From(recordedAt) }).ToString();

            Assert.Equal(Outcome.Allow, (await instance.UseAsync(member, written, default, Purpose.DirectMarketing)).Outcome);
            Assert.Equal(outcome, (await instance.UseAsync(member, restamped, default, Purpose.DirectMarketing)).Outcome);
        }
    }

    private static async Task<ServiceInstance> PrepareAsync(ServiceStage stage)
    {
        var instance = await stage.StartWithPolicyAsync();
        await instance.RecordAsync("M-1", Registration());
        await instance.RecordAsync("M-2", Registration());
        await stage.WaitUntilCoveredAsync(instance);
        return instance;
    }
}
