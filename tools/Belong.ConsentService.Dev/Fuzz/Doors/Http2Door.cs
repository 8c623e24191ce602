using System.Net;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>Connections to the gRPC port that break HTTP/2, and connections that say too little for too long.</summary>
internal sealed class Http2Door : ConnectionDoor
{
    public override string Name => "http2";

    public override int SharePerThousand => 80;

    public override async Task RunAsync(DoorContext context, int requests, CancellationToken cancellation)
    {
        var slow = context.IsWarmUp ? Task.CompletedTask : SlowConnections.RunAsync(context, cancellation);
        await base.RunAsync(context, requests, cancellation);
        await slow;
    }

    protected override IPEndPoint AddressOf(DoorContext context) => context.Stage.Grpc;

    protected override Attack Next(DoorContext context, Random random) => Http2Attacks.Next(random);

    protected override string? FindFault(DoorContext context, Attack attack, ReadOnlySpan<byte> answer) => context.Judge.FindLeak(answer);

    protected override string Summarize(ReadOnlySpan<byte> answer) => answer switch
    {
        [] => "nothing",
        [(byte)'H', (byte)'T', (byte)'T', (byte)'P', ..] => "HTTP/1 refusal",
        _ => FindLast(answer) switch { FrameType.GoAway => "GOAWAY", FrameType.Reset => "RST_STREAM", _ => "frames" },
    };

    /// <summary>The most telling of the frames.</summary>
    private static FrameType FindLast(ReadOnlySpan<byte> answer)
    {
        var found = FrameType.Settings;
        while (answer.Length >= Frame.HeadBytes)
        {
            var length = (answer[0] << 16) | (answer[1] << 8) | answer[2];
            var type = (FrameType)answer[3];
            found = type is FrameType.GoAway || (type is FrameType.Reset && found != FrameType.GoAway) ? type : found;
            answer = answer[Math.Min(answer.Length, Frame.HeadBytes + length)..];
        }

        return found;
    }
}
