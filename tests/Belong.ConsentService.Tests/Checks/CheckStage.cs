using System.Security.Cryptography;
using System.Text;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Checks;

/// <summary>One instance with the policy, the vendors of the demonstration, a member M-1, and callers with different grants.</summary>
public sealed class CheckStage : IAsyncLifetime
{
    internal ServiceStage Stage { get; private set; } = null!;

    /// <summary>Without callers in the settings.</summary>
    internal ServiceInstance Open { get; private set; } = null!;

    /// <summary>With callers: "desk" may all, "shop" little, "reader" ask nothing.</summary>
    internal ServiceInstance Guarded { get; private set; } = null!;

    public static Metadata Key(string key) => new() { { "authorization", $"Bearer {key}" } };

    public static string Hash(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    public async Task InitializeAsync()
    {
        Stage = await ServiceStage.CreateAsync();
        Open = await Stage.StartWithPolicyAsync();
        Guarded = await Stage.StartFreshAsync(settings => settings.Callers = new()
        {
            ["desk"] = new CallerSettings
            {
                KeySha256 = [Hash("desk-old"), Hash("desk-new").ToLowerInvariant()],
                Kinds = ["USE", "CONTRACTOR", "THIRD_PARTY", "ANONYMIZED"],
                Purposes = [1, 2, 3, 4, 5, 6, 7, 8],
                MayClaimExceptions = true,
            },
            ["shop"] = new CallerSettings { KeySha256 = [Hash("shop-key")], Kinds = ["USE", "THIRD_PARTY"], Purposes = [1, 2, 7] },
            ["reader"] = new CallerSettings { KeySha256 = [Hash("reader-key")], MayRead = true },
        });
        await Open.RecordAsync("M-1", Registration());
        await Stage.WaitUntilCoveredAsync(Open);
        await Stage.WaitUntilCoveredAsync(Guarded);
    }

    public async Task DisposeAsync() => await Stage.DisposeAsync();
}
