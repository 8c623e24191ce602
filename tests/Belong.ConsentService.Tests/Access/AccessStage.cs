using Belong.Consent.V1;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Tests.Hosting;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Access;

/// <summary>The policy, vendors and a member M-1, for instances with grants that each test starts.</summary>
public sealed class AccessStage : IAsyncLifetime
{
    internal ServiceStage Stage { get; private set; } = null!;

    /// <summary>Without grants.</summary>
    internal ServiceInstance Open { get; private set; } = null!;

    public static CheckUseRequest Use(string member = "M-1") => new() { MemberId = member, Purposes = { Purpose.ServiceDelivery } };

    public static CheckDisclosureRequest Disclose(string vendor) => new()
    {
        MemberId = "M-1",
        RecipientId = vendor,
        Capacity = Capacity.Contractor,
        Purposes = { Purpose.ServiceDelivery },
        Items = { DataItem.Name },
    };

    public static CheckDisclosureRequest Claim(string recipient = "救急隊") => new()
    {
        MemberId = "M-1",
        RecipientId = recipient,
        Items = { DataItem.Name },
        ExceptionClaim = new ExceptionClaim { Item = 1, NecessityStatement = "事故", ConsentDifficultyReason = "意識不明", ApproverId = "A-1" },
    };

    public static Metadata Bearer(string secret) => new() { { "authorization", $"Bearer {secret}" } };

    public static async Task<string> ReasonOfAsync(Func<Task> ask)
    {
        var error = await Assert.ThrowsAsync<RpcException>(ask);
        return $"{error.StatusCode} {error.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason}";
    }

    /// <summary>OK, or the status and reason of the refusal.</summary>
    internal static async Task<string> AskAsync(ServiceInstance instance, Metadata? credentials)
    {
        try
        {
            await instance.Checks.CheckUseAsync(Use(), credentials);
            return "OK";
        }
        catch (RpcException e)
        {
            return $"{e.StatusCode} {e.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason}";
        }
    }

    internal static async Task<double> ReadMetricAsync(ServiceInstance instance, string series)
    {
        var line = (await instance.Http.GetStringAsync("/metrics")).Split('\n').Single(line => line.StartsWith($"{series} ", StringComparison.Ordinal));
        return double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>An instance that callers must say to who they are, and that knows the facts.</summary>
    internal Task<ServiceInstance> StartAsync(Action<ConsentSettings> configure) => Stage.StartFreshAsync(configure);

    public async Task InitializeAsync()
    {
        Stage = await ServiceStage.CreateAsync();
        Open = await Stage.StartWithPolicyAsync();
        await Open.RecordAsync("M-1", Registration());
        await Stage.WaitUntilCoveredAsync(Open);
    }

    public async Task DisposeAsync() => await Stage.DisposeAsync();
}
