using Belong.ConsentService.Dev.Fuzz.Messages;
using Belong.ConsentService.Dev.Fuzz.Stage;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>Byte sequences that break HTTP/2 (RFC 9113) or strain it.</summary>
internal static class Http2Attacks
{
    private const string Path = "/belong.consent.v1.ConsentCheck/CheckUse";
    private const int Flood = 1_000;
    private const int ResetFlood = 200;

    private static readonly byte[] Headers = CallHeaders.BlockOf(Path, StageCallers.Asker, "10S");
    private static readonly byte[] Open = [.. Frame.Preface, .. Frame.Settings()];

    private static readonly Func<Random, Attack>[] All =
    [
        random => new("preface", Spoil(Frame.Preface, random)),
        random => new("random bytes", HostileValues.Bytes(random, 1 + random.Next(2_000)), MustClose: false),
        random => new("HTTP/1 on the gRPC port", HttpText(random), MustClose: false),
        _ => new("TLS on the clear port", [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00, .. new byte[20]], MustClose: false),
        _ => new("headers before settings", [.. Frame.Preface, .. Call(1)], MustClose: false),
        _ => new("data on stream 0", [.. Open, .. Frame.Write(FrameType.Data, 0, 0, [1, 2, 3])]),
        _ => new("data on an idle stream", [.. Open, .. Frame.Write(FrameType.Data, 0, 7, [1, 2, 3])]),
        _ => new("headers on stream 0", [.. Open, .. Call(0)]),
        _ => new("an even stream", [.. Open, .. Call(2)]),
        _ => new("streams that go back", [.. Open, .. Call(5), .. Call(3)]),
        random => new("a frame too large", [.. Open, .. Frame.Write((FrameType)random.Next(10), 0, 1, new byte[Frame.MaxPayloadBytes + 1 + random.Next(1_000)])]),
        random => new("a length that lies", [.. Open, .. Frame.WriteSaying(0xFFFFFF, (FrameType)random.Next(10), 0, random.Next(3), [1])]),
        random => new("bad settings", [.. Frame.Preface, .. BadSettings(random)]),
        _ => new("settings flood", [.. Open, .. Repeat(Frame.Settings((4, 65_535)), Flood)], MustClose: false),
        _ => new("ping flood", [.. Open, .. Repeat(Frame.Write(FrameType.Ping, 0, 0, new byte[8]), Flood)], MustClose: false),
        random => new("bad ping", [.. Open, .. Frame.Write(FrameType.Ping, 0, random.Next(2), new byte[7])]),
        _ => new("window update of 0", [.. Open, .. Frame.Write(FrameType.WindowUpdate, 0, 0, Frame.Number(0))]),
        _ => new("window overflow", [.. Open, .. Repeat(Frame.Write(FrameType.WindowUpdate, 0, 0, Frame.Number(int.MaxValue)), 2)]),
        _ => new("window overflow of a stream", [.. Open, .. Frame.Write(FrameType.Headers, Frame.EndHeaders, 1, Headers), .. Repeat(Frame.Write(FrameType.WindowUpdate, 0, 1, Frame.Number(int.MaxValue)), 2)], MustClose: false),
        _ => new("rapid reset", [.. Open, .. Enumerable.Range(0, ResetFlood).SelectMany(i => (byte[])[.. Call((2 * i) + 1), .. Frame.Write(FrameType.Reset, 0, (2 * i) + 1, Frame.Number(8))])], ResetFlood, MustClose: false),
        _ => new("more streams than allowed", [.. Open, .. Enumerable.Range(0, 150).SelectMany(i => Frame.Write(FrameType.Headers, Frame.EndHeaders, (2 * i) + 1, Headers))], 150, MustClose: false),
        _ => new("continuation flood", [.. Open, .. Frame.Write(FrameType.Headers, 0, 1, Headers), .. Repeat(Frame.Write(FrameType.Continuation, 0, 1, HeaderBlock.Write([("x", new string('x', 900))])), 60)]),
        _ => new("empty continuation flood", [.. Open, .. Frame.Write(FrameType.Headers, 0, 1, Headers), .. Repeat(Frame.Write(FrameType.Continuation, 0, 1, []), Flood)], MustClose: false),
        _ => new("continuation of nothing", [.. Open, .. Frame.Write(FrameType.Continuation, Frame.EndHeaders, 1, Headers)]),
        _ => new("headers interrupted", [.. Open, .. Frame.Write(FrameType.Headers, 0, 1, Headers), .. Frame.Write(FrameType.Ping, 0, 0, new byte[8])]),
        random => new("bad compression of headers", [.. Open, .. Frame.Write(FrameType.Headers, Frame.EndHeaders | Frame.EndStream, 1, BadBlock(random))]),
        random => new("spoilt headers", [.. Open, .. Frame.Write(FrameType.Headers, Frame.EndHeaders | Frame.EndStream, 1, Spoil(Headers, random))], MustClose: false),
        _ => new("headers and trailers without an end", [.. Open, .. Frame.Write(FrameType.Headers, Frame.EndHeaders, 1, Headers), .. Frame.Write(FrameType.Headers, Frame.EndHeaders, 1, Headers)]),
        _ => new("data after the end", [.. Open, .. Call(1), .. Frame.Write(FrameType.Data, 0, 1, new byte[10])], MustClose: false),
        _ => new("padding longer than its frame", [.. Open, .. Frame.Write(FrameType.Headers, Frame.EndHeaders, 1, Headers), .. Frame.Write(FrameType.Data, Frame.Padded, 1, [0xFF, 1])]),
        _ => new("a stream that depends on itself", [.. Open, .. Frame.Write(FrameType.Priority, 0, 1, [0, 0, 0, 1, 16])]),
        _ => new("bad priority", [.. Open, .. Frame.Write(FrameType.Priority, 0, 1, [0, 0, 0])]),
        _ => new("push promise of a client", [.. Open, .. Frame.Write(FrameType.PushPromise, Frame.EndHeaders, 1, [0, 0, 0, 2, .. Headers])]),
        _ => new("goaway of a client", [.. Open, .. Call(1), .. Frame.Write(FrameType.GoAway, 0, 0, [.. Frame.Number(1), .. Frame.Number(0), .. new byte[100]])], MustClose: false),
        _ => new("reset of an idle stream", [.. Open, .. Frame.Write(FrameType.Reset, 0, 9, Frame.Number(8))]),
        _ => new("a window of nothing", [.. Frame.Preface, .. Frame.Settings((4, 0)), .. Call(1), .. Call(3)], 2, MustClose: false),
        _ => new("half a frame", [.. Open, .. Frame.WriteSaying(1_000, FrameType.Headers, Frame.EndHeaders, 1, Headers)], MustClose: false),
        random => new("random frames", [.. Open, .. Enumerable.Range(0, 1 + random.Next(20)).SelectMany(_ => Frame.Write((FrameType)random.Next(16), (byte)random.Next(256), random.Next(8), HostileValues.Bytes(random, random.Next(60))))], MustClose: false),
    ];

    public static Attack Next(Random random) => All[random.Next(All.Length)](random);

    private static byte[] Call(int stream) => Frame.Write(FrameType.Headers, Frame.EndHeaders | Frame.EndStream, stream, Headers);

    private static byte[] Repeat(byte[] frame, int count) => [.. Enumerable.Repeat(frame, count).SelectMany(copy => copy)];

    private static byte[] Spoil(byte[] bytes, Random random)
    {
        var spoilt = (byte[])bytes.Clone();
        for (var count = 1 + random.Next(3); count > 0; count--)
        {
            // Never the same byte as before.
            spoilt[random.Next(spoilt.Length)] ^= (byte)(1 + random.Next(255));
        }

        return spoilt;
    }

    private static byte[] HttpText(Random random) => random.Next(4) switch
    {
        0 => "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(),
        1 => "GET /metrics HTTP/1.0\r\n\r\n"u8.ToArray(),
        2 => "POST /belong.consent.v1.ConsentCheck/CheckUse HTTP/1.1\r\nHost: x\r\nContent-Type: application/grpc\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0"u8.ToArray(),
        _ => "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"u8.ToArray(),
    };

    private static byte[] BadSettings(Random random) => random.Next(6) switch
    {
        0 => Frame.Settings((2, 2)),
        1 => Frame.Settings((4, 0x80000000)),
        2 => Frame.Settings((5, 1)),
        3 => Frame.Write(FrameType.Settings, 0, 0, new byte[5]),
        4 => Frame.Write(FrameType.Settings, 0, 1, []),
        _ => Frame.Write(FrameType.Settings, Frame.Acknowledged, 0, new byte[6]),
    };

    private static byte[] BadBlock(Random random) => random.Next(6) switch
    {
        0 => [0x80],
        1 => [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        2 => [0xFE],
        3 => [0x3F, 0xFF, 0xFF, 0xFF, 0x7F],
        4 => [0x00, 0x81, 0xFF, 0x00],
        _ => [0x00, 0x05, (byte)'a'],
    };
}
