using System.Diagnostics;
using System.Net.Sockets;
using Belong.ConsentService.Dev.Fuzz.Stage;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>Connections that begin a request and do not go on: the server must end them, or the request, in its own time.</summary>
internal static class SlowConnections
{
    private const int EachKind = 10;

    /// <summary>The longest of the server's own limits, and some for a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    private static readonly byte[] Block = CallHeaders.BlockOf("/belong.consent.v1.ConsentCheck/CheckUse", StageCallers.Asker, "30S");
    private static readonly byte[] Open = [.. Frame.Preface, .. Frame.Settings()];

    private static readonly (string What, byte[] Bytes)[] Kinds =
    [
        ("headers without an end", [.. Open, .. Frame.Write(FrameType.Headers, 0, 1, Block)]),
        ("a message that does not come", [.. Open, .. Frame.Write(FrameType.Headers, Frame.EndHeaders, 1, Block)]),
        ("half a message", [.. Open, .. Frame.Write(FrameType.Headers, Frame.EndHeaders, 1, Block), .. Frame.Write(FrameType.Data, 0, 1, [0, 0, 0, 0, 9, 1])]),
    ];

    public static Task RunAsync(DoorContext context, CancellationToken cancellation) =>
        Task.WhenAll(Kinds.SelectMany(kind => Enumerable.Repeat(kind, EachKind)).Select(kind => HoldAsync(context, kind.What, kind.Bytes, cancellation)));

    private static async Task HoldAsync(DoorContext context, string what, byte[] bytes, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(context.Stage.Grpc, cancellation);
        await socket.SendAsync(bytes, cancellation);
        var watch = Stopwatch.StartNew();
        var isEnded = await IsEndedAsync(socket, cancellation);
        context.Tally.Add(isEnded ? "slow, ended by the server" : "slow, not ended");
        if (!isEnded)
        {
            context.Report("a slow connection is not ended", $"{what}: still open after {watch.Elapsed.TotalSeconds:F0} s");
        }
    }

    /// <summary>True when the server ends the connection, or the stream by RST_STREAM or with trailers.</summary>
    private static async Task<bool> IsEndedAsync(Socket socket, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        var answer = new byte[4_096];
        try
        {
            while (true)
            {
                var count = await socket.ReceiveAsync(answer, limit.Token);
                if (count == 0 || EndsStream(answer.AsSpan(0, count)))
                {
                    return true;
                }
            }
        }
        catch (SocketException)
        {
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static bool EndsStream(ReadOnlySpan<byte> frames)
    {
        while (frames.Length >= Frame.HeadBytes)
        {
            var length = (frames[0] << 16) | (frames[1] << 8) | frames[2];
            var type = (FrameType)frames[3];
            if (type is FrameType.Reset or FrameType.GoAway || (type == FrameType.Headers && (frames[4] & Frame.EndStream) != 0))
            {
                return true;
            }

            frames = frames[Math.Min(frames.Length, Frame.HeadBytes + length)..];
        }

        return false;
    }
}
