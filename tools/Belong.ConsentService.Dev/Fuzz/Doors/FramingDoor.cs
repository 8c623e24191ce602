using System.IO.Compression;
using Belong.ConsentService.Dev.Fuzz.Judging;
using Belong.ConsentService.Dev.Fuzz.Messages;
using Belong.ConsentService.Dev.Fuzz.Stage;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>HTTP/2 that is right around gRPC that is not: prefixes, headers, metadata, paths.</summary>
internal sealed class FramingDoor : Door
{
    private const int Workers = 2;
    private const int Streams = 16;
    private const int BombBytes = 64 * 1024 * 1024;

    /// <summary>Those that end by themselves, also when nobody states a deadline.</summary>
    private static readonly List<FuzzMethod> Methods = [.. FuzzMethods.All.Where(method => !method.IsEndless)];

    private static readonly byte[] Bomb = Compress(new byte[BombBytes]);

    private static readonly string[] Timeouts =
    [
        "", "0n", "1n", "0S", "-1S", "1", "S", "99999999H", "999999999S", "99999999999999999999S", "1.5S", " 1S", "1 S", "1x", "1m1", "0x1S", "٣S", "1S,2S", "NaN", "00000001H",
    ];

    private static readonly string[] ContentTypes =
    [
        "", "application/json", "application/grpc-web", "application/grpc-web-text", "application/grpc+json", "application/grpc+proto", "application/grpc;x",
        "APPLICATION/GRPC", "application/grpcx", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "*/*", "\u0001",
    ];

    private static readonly string[] Encodings = ["gzip", "deflate", "br", "identity", "identity,gzip", "GZIP", "", "x", "snappy"];

    private static readonly string[] Paths =
    [
        "/", "", "*", "//", "/metrics", "/healthz/ready", "/belong.consent.v1.ConsentCheck", "/belong.consent.v1.ConsentCheck/", "/belong.consent.v1.ConsentCheck/Nothing",
        "/BELONG.CONSENT.V1.CONSENTCHECK/CHECKUSE", "/belong.consent.v1.ConsentCheck/CheckUse/", "/belong.consent.v1.ConsentCheck/CheckUse?x=1", "/belong.consent.v1.ConsentCheck/CheckUse#x",
        "/belong.consent.v1.ConsentCheck%2FCheckUse", "/%62elong.consent.v1.ConsentCheck/CheckUse", "/belong.consent.v1.ConsentCheck/../ConsentCheck/CheckUse",
        "/./belong.consent.v1.ConsentCheck/CheckUse", "/belong.consent.v1.ConsentRegistry/../../x", "/%00", "/%ff", "/%zz", "/\u00e9", "http://x/belong.consent.v1.ConsentCheck/CheckUse",
        "/grpc.health.v1.Health/Nothing", "/belong.consent.v2.ConsentCheck/CheckUse", "/belong.consent.v1.ConsentCheck/CheckUse/x", "\\", "/belong.consent.v1.ConsentCheck\\CheckUse",
    ];

    public override string Name => "framing";

    public override int SharePerThousand => 120;

    public override Task RunAsync(DoorContext context, int requests, CancellationToken cancellation) =>
        CallWorker.RunAllAsync(context, Workers, Streams, requests, random => () => Next(context, random));

    private static HostileCall Next(DoorContext context, Random random)
    {
        var method = Methods[random.Next(Methods.Count)];
        var message = context.Messages.Next(method, random);
        var headers = CallHeaders.Of(method.Path, StageCallers.Asker, "10S");
        byte[][] body = [HostileCall.Frame(message)];
        var path = method.Path;
        var kind = random.Next(9);
        switch (kind)
        {
            case 0 or 1:
                body = SpoilPrefix(message, random);
                break;
            case 2:
                Compress(headers, ref body, message, random);
                break;
            case 3:
                Replace(headers, "grpc-timeout", Timeouts[random.Next(Timeouts.Length)]);
                break;
            case 4:
                Replace(headers, "content-type", ContentTypes[random.Next(ContentTypes.Length)]);
                break;
            case 5:
                AddMetadata(headers, random);
                break;
            case 6:
                path = Paths[random.Next(Paths.Length)];
                Replace(headers, ":path", path);
                break;
            case 7:
                SpoilHeader(headers, random);
                break;
            default:
                body = [];
                break;
        }

        return new HostileCall(path, HeaderBlock.Write(headers), body)
        {
            Allowed = Allowed.BrokenProtocol,
            DescribesItself = method.DescribesItself,
            IsAlone = kind is >= 3 and <= 7,
            IsGivenUp = random.Next(100) == 0,
        };
    }

    private static byte[][] SpoilPrefix(byte[] message, Random random) => random.Next(7) switch
    {
        0 => [HostileCall.Frame(0, (uint)HostileValues.Number(random), message)],
        1 => [HostileCall.Frame((byte)random.Next(256), (uint)message.Length, message)],
        2 => [HostileCall.Frame(message), HostileCall.Frame(message)],
        3 => [HostileCall.Frame(0, (uint)message.Length + 1, message)],
        4 => [HostileCall.Frame(0, (uint)Math.Max(0, message.Length - 1), message)],
        5 => [HostileCall.Frame(message)[..Math.Min(random.Next(5), message.Length)]],
        _ => [HostileValues.Bytes(random, random.Next(300))],
    };

    private static void Compress(List<(string Name, string Value)> headers, ref byte[][] body, byte[] message, Random random)
    {
        if (random.Next(4) > 0)
        {
            headers.Add(("grpc-encoding", Encodings[random.Next(Encodings.Length)]));
        }

        var right = Compress(message);
        var packed = random.Next(100) switch
        {
            0 => Bomb,
            < 50 => right,
            < 70 => right[..random.Next(right.Length)],
            _ => HostileValues.Bytes(random, random.Next(100)),
        };
        body = [HostileCall.Frame(1, (uint)packed.Length, packed)];
    }

    private static void AddMetadata(List<(string Name, string Value)> headers, Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                headers.AddRange(Enumerable.Range(0, random.Next(400)).Select(i => ($"x-{i}", "1")));
                break;
            case 1:
                headers.Add(("x-large", new string('a', random.Next(70_000))));
                break;
            case 2:
                headers.Add(("x-bin", "not base64!"));
                break;
            case 3:
                headers.Add(("grpc-status-details-bin", Convert.ToBase64String(HostileValues.Bytes(random, 40))));
                break;
            case 4:
                headers.Add((new string('n', random.Next(40_000)), "1"));
                break;
            default:
                headers.Add(("traceparent", new string((char)random.Next(1, 255), random.Next(300))));
                headers.Add(("grpc-accept-encoding", "x,,;q=,\u0007"));
                break;
        }
    }

    private static void SpoilHeader(List<(string Name, string Value)> headers, Random random)
    {
        var at = random.Next(headers.Count);
        var (name, value) = headers[at];
        switch (random.Next(6))
        {
            case 0:
                headers.RemoveAt(at);
                break;
            case 1:
                headers.Add((name, value));
                break;
            case 2:
                headers[at] = (name.ToUpperInvariant(), value);
                break;
            case 3:
                headers[at] = (name, value + (char)random.Next(0, 32));
                break;
            case 4:
                headers[at] = (name, "");
                break;
            default:
                headers.Add((random.Next(2) == 0 ? "connection" : "content-length", random.Next(1_000).ToString(System.Globalization.CultureInfo.InvariantCulture)));
                break;
        }
    }

    private static void Replace(List<(string Name, string Value)> headers, string name, string value)
    {
        headers.RemoveAll(header => header.Name == name);
        headers.Insert(name[0] == ':' ? 0 : headers.Count, (name, value));
    }

    private static byte[] Compress(byte[] message)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(message);
        }

        return packed.ToArray();
    }
}
