using System.Net;
using Belong.Consent.V1;
using Belong.ConsentService.Tests.Access;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using static Belong.ConsentService.Tests.Checks.CheckStage;
using static Belong.ConsentService.Tests.Registry.Changes;
using Channel = Belong.Consent.V1.Channel;

namespace Belong.ConsentService.Tests.Checks;

/// <summary>Who asks is found out by the key, and may ask what its grant says.</summary>
public sealed class CallerTests(CheckStage stage) : IClassFixture<CheckStage>
{
    private ConsentCheck.ConsentCheckClient Checks => stage.Guarded.Checks;

    [Fact]
    public async Task A_caller_without_the_grant_is_refused_in_a_sentence()
    {
        await AssertRefusedAsync("purposes are 2, 3: caller 'shop' has a grant for 1, 2, 7",
            async () => await Checks.CheckUseAsync(Use(Purpose.DirectMarketing, Purpose.ContractAndBilling), Key("shop-key")));
        await AssertRefusedAsync("purposes are 1, 3: caller 'shop'",
            async () => await Checks.CheckUseAsync(Promotion(), Key("shop-key")));
        await AssertRefusedAsync("kind is Contractor: caller 'shop' has no grant for it",
            async () => await Checks.CheckDisclosureAsync(Disclose(Capacity.Contractor), Key("shop-key")));
        await AssertRefusedAsync("exception_claim is given: caller 'shop' has no grant to claim exceptions",
            async () => await Checks.CheckDisclosureAsync(Claim(), Key("shop-key")));
        await AssertRefusedAsync("caller is 'reader': it has no grant to ask checks",
            async () => await Checks.CheckUseAsync(Use(Purpose.ServiceDelivery), Key("reader-key")));
        await AssertRefusedAsync("the call is RecordMember: caller 'reader' has no grant for it",
            async () => await stage.Guarded.Registry.RecordMemberAsync(Registry.RegistryHost.Request("M-9", "k", Registration()), Key("reader-key")));
        await AssertRefusedAsync("the call is GetRegister: caller 'shop' has no grant for it",
            async () => await stage.Guarded.Registry.GetRegisterAsync(new GetRegisterRequest(), Key("shop-key")));
    }

    [Fact]
    public async Task A_caller_with_the_grant_is_answered_by_any_of_its_keys()
    {
        Assert.Equal(Outcome.Allow, (await Checks.CheckUseAsync(Use(Purpose.ServiceDelivery), Key("shop-key"))).Decision.Outcome);
        foreach (var key in new[] { "desk-old", "desk-new" })
        {
            Assert.Equal(Outcome.Allow, (await Checks.CheckUseAsync(Promotion(), Key(key))).Decision.Outcome);
            Assert.Equal([ReasonCode.ExceptionLifeBodyProperty], (await Checks.CheckDisclosureAsync(Claim(), Key(key))).Decision.Reasons);
        }

        await stage.Guarded.Registry.GetRegisterAsync(new GetRegisterRequest(), Key("reader-key"));
    }

    [Fact]
    public async Task Without_a_known_key_nobody_is_answered()
    {
        Metadata[] unknown =
        [
            [], Key(""), Key(new string('x', 8_500)), Key("shop-kez"), Key("SHOP-KEY"), Key(" shop-key"), Key(WrittenGrants.Hash("shop-key")), Key(new string('x', 5_000)),
            new() { { "authorization", "shop-key" } }, new() { { "authorization", "Basic shop-key" } },
            new() { { "authorization", "Bearer shop-key" }, { "authorization", "Bearer shop-key" } },
        ];
        foreach (var metadata in unknown)
        {
            var check = await Assert.ThrowsAsync<RpcException>(async () => await Checks.CheckUseAsync(Use(Purpose.ServiceDelivery), metadata));
            var read = await Assert.ThrowsAsync<RpcException>(async () => await stage.Guarded.Registry.GetRegisterAsync(new GetRegisterRequest(), metadata));
            Assert.All([check, read], error => Assert.Equal(StatusCode.Unauthenticated, error.StatusCode));
            Assert.Equal("UNAUTHENTICATED", check.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason);
            Assert.Contains("authorization: Bearer KEY", check.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/BELONG.consent.V1.ConsentCheck/CheckUse")]
    [InlineData("/belong.consent.v1.consentregistry/GetRegister")]
    [InlineData("/%62elong.consent.v1.ConsentCheck/CheckUse")]
    [InlineData("/belong.consent.v1.ConsentCheck/CheckUse/")]
    [InlineData("/x/../belong.consent.v1.ConsentCheck/CheckUse")]
    [InlineData("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")]
    public async Task No_spelling_of_the_path_leads_past_the_key(string path)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(stage.Guarded.App.Urls.First() + path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, (byte)Use(Purpose.ServiceDelivery).CalculateSize(), .. Use(Purpose.ServiceDelivery).ToByteArray()]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        using var response = await client.SendAsync(request);
        Assert.Equal("16", response.Headers.GetValues("grpc-status").Single());
    }

    private static CheckUseRequest Use(params Purpose[] purposes) => new() { MemberId = "M-1", Purposes = { purposes }, Channel = Channel.Postal };

    private static CheckUseRequest Promotion() => new()
    {
        MemberId = "M-1",
        Purposes = { Purpose.ServiceDelivery },
        Channel = Channel.Postal,
        PromotionalContent = true,
    };

    private static CheckDisclosureRequest Disclose(Capacity capacity) => new()
    {
        MemberId = "M-1",
        RecipientId = "V-CARRIER",
        Capacity = capacity,
        Purposes = { Purpose.ServiceDelivery },
    };

    private static CheckDisclosureRequest Claim() => new()
    {
        MemberId = "M-1",
        RecipientId = "救急隊",
        Items = { DataItem.Name },
        ExceptionClaim = new ExceptionClaim { Item = 1, NecessityStatement = "事故", ConsentDifficultyReason = "意識不明", ApproverId = "A-1" },
    };

    private static async Task AssertRefusedAsync(string sentence, Func<Task> ask)
    {
        var error = await Assert.ThrowsAsync<RpcException>(ask);
        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
        Assert.Contains(sentence, error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("CALLER_NOT_PERMITTED", error.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason);
    }
}
