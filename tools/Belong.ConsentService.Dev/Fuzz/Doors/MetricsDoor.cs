using System.Net;
using System.Text;
using Belong.ConsentService.Dev.Fuzz.Messages;
using Belong.ConsentService.Dev.Fuzz.Stage;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>HTTP/1, right and wrong, and gRPC on the port of the metrics and probes.</summary>
internal sealed class MetricsDoor : ConnectionDoor
{
    private const int RarelyPerThousand = 3;

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "PRI", "get", "G\0T", "", "GET GET", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];

    private static readonly string[] Paths =
    [
        "/", "/healthz/live", "/healthz/ready", "/healthz", "/healthz/ready/", "/HEALTHZ/LIVE", "/metrics/../x", "/%2e%2e/x", "/%00", "/%", "*", "//", "\\",
        "http://other/healthz/live", "/healthz/live?a=b", "/belong.consent.v1.ConsentCheck/CheckUse", "/favicon.ico", "/.env", "x", "",
    ];

    private static readonly string[] Versions = ["HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "HTTP/1.1 ", "HTTX/1.1", ""];

    public override string Name => "metrics";

    public override int SharePerThousand => 30;

    protected override IPEndPoint AddressOf(DoorContext context) => context.Stage.Metrics;

    protected override Attack Next(DoorContext context, Random random) => random.Next(12) switch
    {
        0 => new("gRPC on the metrics port", [.. Frame.Preface, .. Frame.Settings(), .. Frame.Write(FrameType.Headers, Frame.EndHeaders | Frame.EndStream, 1,
            CallHeaders.BlockOf("/grpc.health.v1.Health/Check", StageCallers.Asker, "10S"))], MustClose: false),
        1 => new("random bytes", HostileValues.Bytes(random, 1 + random.Next(3_000)), MustClose: false),
        _ => new("request", Encoding.Latin1.GetBytes(Request(random)), MustClose: false),
    };

    protected override string? FindFault(DoorContext context, Attack attack, ReadOnlySpan<byte> answer)
    {
        // The names and values of metrics are for whoever reaches this port.
        var leak = answer.IndexOf("# HELP"u8) >= 0 ? null : context.Judge.FindLeak(answer);
        return leak
            ?? (answer.IndexOf("application/grpc"u8) >= 0 || answer.IndexOf("grpc-status"u8) >= 0 ? "is answered in gRPC" : null)
            ?? (answer.StartsWith("HTTP/1.1 500"u8) ? "is answered with HTTP 500" : null);
    }

    protected override string Summarize(ReadOnlySpan<byte> answer) => answer.StartsWith("HTTP/1.1 "u8) && answer.Length > 12
        ? $"HTTP {Encoding.ASCII.GetString(answer[9..12])}"
        : answer.IsEmpty ? "nothing" : "bytes";

    private static string Request(Random random)
    {
        var path = random.Next(1_000) < RarelyPerThousand ? "/metrics" : Paths[random.Next(Paths.Length)];
        var line = random.Next(20) switch
        {
            0 => $"GET /{new string('a', random.Next(20_000))} HTTP/1.1",
            1 => HostileValues.Text(random).Replace('\n', ' '),
            _ => $"{Methods[random.Next(3) == 0 ? random.Next(Methods.Length) : 0]} {path} {Versions[random.Next(3) == 0 ? random.Next(Versions.Length) : 0]}",
        };
        // What is kept open is waited for.
        var end = random.Next(10) == 0 ? "" : "Connection: close\r\n";
        return $"{line}\r\n{Headers(random)}{end}\r\n{Body(random)}";
    }

    private static string Headers(Random random) => random.Next(14) switch
    {
        0 => "",
        1 => "Host: a\r\nHost: b\r\n",
        2 => "Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        3 => "Host: x\r\nContent-Length: -1\r\n",
        4 => "Host: x\r\nContent-Length: 99999999999999999999\r\n",
        5 => "Host: x\r\nTransfer-Encoding: xchunked\r\n",
        6 => "Host: x\r\n" + string.Concat(Enumerable.Range(0, random.Next(300)).Select(i => $"X-{i}: 1\r\n")),
        7 => $"Host: x\r\nX: {new string('x', random.Next(60_000))}\r\n",
        8 => "Host: x\r\nX : 1\r\n",
        9 => "Host: x\r\n folded\r\n",
        10 => "Host: x\nX: 1\n",
        11 => "Host: x\r\nX: a\0b\r\n",
        12 => "Host: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        _ => "Host: x\r\nRange: bytes=0-0,1-1\r\nAccept: */*;q=x\r\nExpect: 100-continue\r\n",
    };

    private static string Body(Random random) => random.Next(5) switch
    {
        0 => "zz\r\nabc\r\n0\r\n\r\n",
        1 => "FFFFFFFFFFFFFFFF\r\n",
        2 => "GET /healthz/live HTTP/1.1\r\nHost: x\r\n\r\nGET /x HTTP/1.1\r\nHost: x\r\n\r\n",
        3 => "5\r\nhello\r\n0\r\nX: 1\r\n\r\n",
        _ => "",
    };
}
