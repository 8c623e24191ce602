using Belong.Consent.V1;
using Belong.ConsentService.Dev.Fuzz.Judging;
using Belong.ConsentService.Dev.Fuzz.Messages;
using Belong.ConsentService.Dev.Fuzz.Stage;
using Belong.ConsentService.Dev.Fuzz.Tokens;
using Belong.ConsentService.Dev.Fuzz.Wire;
using Google.Protobuf;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>Questions that would be allowed, by callers who do not prove who they are.</summary>
internal sealed class CredentialsDoor : Door
{
    private const int Workers = 2;
    private const int Streams = 24;

    private static readonly string[] Schemes = ["Bearer ", "bearer ", "BEARER  ", "Basic ", "Digest ", "", "Bearer\t", "Bearer:", "Token ", "Negotiate ", "Bearer Bearer "];

    private static readonly HostileCall Question = new("/belong.consent.v1.ConsentCheck/CheckUse", [],
        [HostileCall.Frame(new CheckUseRequest { MemberId = "M0000001", Channel = Consent.V1.Channel.Postal, Purposes = { Purpose.DirectMarketing } }.ToByteArray())]);

    public override string Name => "credentials";

    public override int SharePerThousand => 170;

    public override async Task RunAsync(DoorContext context, int requests, CancellationToken cancellation)
    {
        await CallWorker.RunAllAsync(context, Workers, Streams, requests, random => () => Next(context, random));
        // All refusals say something only if what differs from the good by what was wrong alone is let in.
        foreach (var good in context.Stage.Callers.Good)
        {
            RequireAllowed(context, good);
        }
    }

    private static HostileCall Next(DoorContext context, Random random)
    {
        var headers = CallHeaders.Of(Question.Path, authorization: null, "10S");
        var credential = random.Next(5) == 0 ? SpoilKey(random) : context.Stage.Callers.Tokens.Next(random);
        switch (random.Next(12))
        {
            case 0:
                break;
            case 1:
                headers.Add(("authorization", Schemes[0] + credential));
                headers.Add(("authorization", Schemes[0] + credential));
                break;
            case 2:
                headers.Add(("x-authorization", StageCallers.Asker));
                headers.Add(("proxy-authorization", StageCallers.Asker));
                headers.Add(("cookie", $"authorization={StageCallers.Asker}"));
                break;
            case 3:
                headers.Add(("authorization", Schemes[random.Next(Schemes.Length)] + credential));
                break;
            default:
                headers.Add(("authorization", Schemes[0] + credential));
                break;
        }

        // What no header may hold is a matter of HTTP and not of who calls.
        var isHeader = headers.TrueForAll(header => header.Value.All(character => character is >= ' ' and < '\u007f' or '\t') && header.Value.Length < 8_000);
        return Question with { HeaderBlock = HeaderBlock.Write(headers), Allowed = isHeader ? Allowed.RefusedCaller : Allowed.BrokenProtocolRefused, IsAlone = !isHeader };
    }

    /// <summary>A key that is nearly right.</summary>
    private static string SpoilKey(Random random)
    {
        var key = StageCallers.Asker["Bearer ".Length..];
        return random.Next(6) switch
        {
            0 => key[..random.Next(key.Length)],
            1 => key + (char)random.Next('!', '~'),
            2 => key.ToUpperInvariant(),
            3 => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key))),
            4 => $"{key} {key}",
            _ => HostileValues.Text(random).Replace('\0', ' ').Replace('\r', ' ').Replace('\n', ' '),
        };
    }

    private static void RequireAllowed(DoorContext context, string authorization)
    {
        using var connection = RawConnection.Open(context.Stage.Grpc, DoorContext.Patience);
        var call = new RawCall(Question);
        connection.Begin(call, HeaderBlock.Write(CallHeaders.Of(Question.Path, authorization)), isEnd: false);
        connection.Send(call, Question.Body[0], isEnd: true);
        while (connection.IsOpen && !call.IsEnded)
        {
            connection.Pump();
        }

        if (call.GrpcStatus != "0" || call.BodyBytes == 0)
        {
            context.Report("good credentials are refused", $"{call.Outcome}: {call.Message}");
        }
    }
}
