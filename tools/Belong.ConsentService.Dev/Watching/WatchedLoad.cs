using Belong.Consent.V1;
using Belong.ConsentService.Dev.Measuring;
using Belong.ConsentService.Testing.Mix;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Watching;

/// <summary>A day's mixture: checks of all kinds, batches, opt-outs and their lifting, and some who ask wrongly. What is refused is what the picture is to show.</summary>
internal sealed class WatchedLoad(WatchedStage stage)
{
    private const int ChecksPerSecond = 200;
    private const int BatchesPerSecond = 2;
    private const int WritesPerSecond = 20;
    private const int MistakesPerSecond = 2;
    private const int BatchSize = 200;
    private static readonly Purpose[] Purposes = [Purpose.ServiceDelivery, Purpose.ServiceDelivery, Purpose.DirectMarketing, Purpose.DirectMarketing, Purpose.Survey];

    public Task RunAsync(TimeSpan duration) => Task.WhenAll(
        new OpenLoop(ChecksPerSecond, () => Random.Shared.Next(4) == 0 ? DiscloseAsync() : UseAsync(RandomMember())).RunAsync(duration),
        new OpenLoop(BatchesPerSecond, BatchAsync).RunAsync(duration),
        new OpenLoop(WritesPerSecond, WriteAsync).RunAsync(duration),
        new OpenLoop(MistakesPerSecond, () => UseAsync(Random.Shared.Next(2) == 0 ? "" : $"X{Random.Shared.Next(1_000_000)}")).RunAsync(duration));

    private static string RandomMember() => MemberMix.Id(1 + Random.Shared.Next(WatchedStage.MemberCount));

    private static CheckUseRequest Use(string member) => new()
    {
        MemberId = member,
        Channel = Channel.Postal,
        Purposes = { Purposes[Random.Shared.Next(Purposes.Length)] },
    };

    private ConsentCheck.ConsentCheckClient Client() => stage.Checks[Random.Shared.Next(stage.Checks.Length)];

    private Task UseAsync(string member) => IgnoreRefusalAsync(Client().CheckUseAsync(Use(member)).ResponseAsync);

    private Task DiscloseAsync()
    {
        var isPartner = Random.Shared.Next(3) == 0;
        var request = new CheckDisclosureRequest { MemberId = RandomMember(), RecipientId = isPartner ? "V-PARTNER" : "V-CARRIER", Items = { DataItem.Name } };
        if (isPartner)
        {
            request.RecipientPurpose = "SERVICE_LINK";
        }
        else
        {
            request.Purposes.Add(Purpose.ServiceDelivery);
        }

        return IgnoreRefusalAsync(Client().CheckDisclosureAsync(request).ResponseAsync);
    }

    private Task BatchAsync() => IgnoreRefusalAsync(Client().CheckBatchAsync(new CheckBatchRequest
    {
        Checks = { Enumerable.Range(0, BatchSize).Select(_ => new BatchCheck { Use = Use(RandomMember()) }) },
    }).ResponseAsync);

    private Task WriteAsync() => IgnoreRefusalAsync(stage.Registries[Random.Shared.Next(stage.Registries.Length)].RecordMemberAsync(new RecordMemberRequest
    {
        Context = new WriteContext { IdempotencyKey = Guid.NewGuid().ToString(), Actor = "consent-dev" },
        MemberId = RandomMember(),
        Changes = { new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } } },
    }).ResponseAsync);

    private static async Task IgnoreRefusalAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (RpcException)
        {
            // It is counted by the service.
        }
    }
}
