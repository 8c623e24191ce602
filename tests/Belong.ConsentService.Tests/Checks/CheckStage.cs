using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Tests.Access;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Checks;

/// <summary>One instance with the policy, the vendors of the demonstration, a member M-1, and callers with different grants.</summary>
public sealed class CheckStage : IAsyncLifetime, IDisposable
{
    internal ServiceStage Stage { get; private set; } = null!;

    private readonly WrittenGrants _grants = new();

    /// <summary>Without grants.</summary>
    internal ServiceInstance Open { get; private set; } = null!;

    /// <summary>With grants: "desk" may all, "shop" little, "reader" ask nothing.</summary>
    internal ServiceInstance Guarded { get; private set; } = null!;

    public static Metadata Key(string key) => new() { { "authorization", $"Bearer {key}" } };

    public async Task InitializeAsync()
    {
        Stage = await ServiceStage.CreateAsync();
        Open = await Stage.StartWithPolicyAsync();
        var hash = WrittenGrants.Hash("desk-old").ToUpperInvariant();
        var desk = WrittenGrants.Everything("desk", "desk-new");
        desk.KeysSha256 = [hash, .. desk.KeysSha256];
        desk.MayRecord = [];
        _grants.Write(
            1,
            desk,
            new CallerEntry { Name = "shop", KeysSha256 = [WrittenGrants.Hash("shop-key")], Rpcs = ["CheckUse", "CheckDisclosure", "CheckAnonymizedProvision", "CheckBatch", "ScreenAudience"], Kinds = ["USE", "THIRD_PARTY"], Purposes = [1, 2, 7], Vendors = ["*"] },
            new CallerEntry { Name = "reader", KeysSha256 = [WrittenGrants.Hash("reader-key")], Rpcs = ["CheckUse", "CheckDisclosure", "CheckAnonymizedProvision", "CheckBatch", "ScreenAudience", "GetMember", "GetRegister"] });
        Guarded = await Stage.StartFreshAsync(_grants.Apply);
        await Open.RecordAsync("M-1", Registration());
        await Stage.WaitUntilCoveredAsync(Open);
        await Stage.WaitUntilCoveredAsync(Guarded);
    }

    public async Task DisposeAsync() => await Stage.DisposeAsync();

    public void Dispose() => _grants.Dispose();
}
