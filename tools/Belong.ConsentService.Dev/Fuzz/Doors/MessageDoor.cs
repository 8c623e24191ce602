using Belong.ConsentService.Dev.Fuzz.Messages;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>Proper gRPC around hostile messages.</summary>
internal abstract class MessageDoor : Door
{
    private const string Timeout = "15S";
    private const string EndlessTimeout = "30m";
    private const int GivenUpPerThousand = 5;

    protected static HostileCall Build(DoorContext context, FuzzMethod method, string? authorization, Random random)
    {
        var messages = method.IsClientStreaming ? context.Messages.NextStream(method, random) : [context.Messages.Next(method, random)];
        var block = CallHeaders.BlockOf(method.Path, method.IsOpen ? null : authorization, method.IsEndless ? EndlessTimeout : Timeout);
        return new HostileCall(method.Path, block, [.. messages.Select(message => HostileCall.Frame(message))])
        {
            // Health and reflection are of a library, which tells bytes that are no message as UNKNOWN.
            Allowed = method.IsOpen ? Judging.Allowed.BrokenProtocol : Judging.Allowed.Status,
            DescribesItself = method.DescribesItself,
            IsGivenUp = random.Next(1_000) < GivenUpPerThousand,
        };
    }
}

/// <summary>Every method, asked by a caller who may not record.</summary>
internal sealed class ProtobufDoor : MessageDoor
{
    private const int Workers = 2;
    private const int Streams = 24;

    public override string Name => "protobuf";

    public override int SharePerThousand => 560;

    public override Task RunAsync(DoorContext context, int requests, CancellationToken cancellation) =>
        CallWorker.RunAllAsync(context, Workers, Streams, requests, random => () =>
            Build(context, FuzzMethods.All[random.Next(FuzzMethods.All.Count)], Stage.StageCallers.Asker, random));
}
