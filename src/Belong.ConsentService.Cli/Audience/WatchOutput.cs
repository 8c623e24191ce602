using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;
using Belong.ConsentService.Client.Lists;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>The events of a watch, one per line: four or five columns with tabs between them, or JSON.</summary>
/// <param name="invocation">Where to print, and in which language.</param>
/// <param name="showsHeartbeats">Also those that only say that all is as before.</param>
internal sealed class WatchOutput(Invocation invocation, bool showsHeartbeats)
{
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = Failure.Readable.Encoder };

    private readonly TextWriter _output = invocation.Host.OpenLines();
    private readonly ReasonWords _words = new();
    private bool? _isCurrent;

    public void Member(string id, in Verdict verdict, Timestamp? at)
    {
        var reasons = (verdict.Reasons ?? [verdict.Primary]).Select(RefusedList.Code).ToArray();
        if (invocation.IsJson)
        {
            Json("member", ("at", TimeOf(at)), ("memberId", id), ("outcome", OutcomeOf(verdict)), ("reasons", new JsonArray([.. reasons])));
        }
        else
        {
            Line(TimeOf(at), id, OutcomeOf(verdict), string.Join(' ', reasons), _words.Text(verdict.Primary, invocation.LanguageOrLocale));
        }
    }

    public void Everything(EverythingChanged changed)
    {
        var cause = Names.Of(EverythingChanged.Descriptor.EnumTypes[0], (int)changed.Cause);
        if (invocation.IsJson)
        {
            Json("everything-changed", ("cause", cause), ("position", changed.Position));
        }
        else
        {
            Line(Now(), "-", "EVERYTHING_CHANGED", cause, invocation.Say(
                "the answer of any member may have changed: screen again what is not sent yet",
                "全会員の判定が変わった可能性があります。未送信の分を再度判定してください"));
        }
    }

    public void Heartbeat(WatchHeartbeat heartbeat)
    {
        if (invocation.IsJson)
        {
            Json("heartbeat", ("position", heartbeat.Position), ("ageMs", heartbeat.AgeMs), ("isCurrent", heartbeat.IsCurrent));
        }
        else if (showsHeartbeats || _isCurrent != heartbeat.IsCurrent)
        {
            Currency(heartbeat.IsCurrent, invocation.Say($"{heartbeat.AgeMs} ms old", $"{heartbeat.AgeMs}ミリ秒前の状態"));
        }

        _isCurrent = heartbeat.IsCurrent;
    }

    public void Lost(Exception error)
    {
        var cause = ProtoText.Clean(Failure.Of(error, "").Message);
        if (invocation.IsJson)
        {
            Json("connection-lost", ("message", cause));
        }
        else if (_isCurrent != false)
        {
            Currency(false, cause);
        }

        _isCurrent = false;
        Flush();
    }

    public void Flush() => _output.Flush();

    private static string OutcomeOf(in Verdict verdict) => verdict switch
    {
        { IsAllowed: true } => "ALLOW",
        { Primary: ReasonCode.ContractorPermittedPartial or ReasonCode.ThirdPartyConsentedPartial } => "ALLOW_PARTIAL",
        _ => "DENY",
    };

    private void Currency(bool isCurrent, string detail) => Line(
        Now(), "-", isCurrent ? "CURRENT" : "NOT_CURRENT", detail, isCurrent ? "" : invocation.Say("do not send meanwhile", "この間は送信しないでください"));

    private void Line(params string[] columns) => _output.WriteLine(string.Join('\t', columns.Select(ProtoText.Clean)).TrimEnd('\t'));

    private void Json(string name, params (string Name, JsonNode? Value)[] fields)
    {
        var json = new JsonObject { ["event"] = name };
        foreach (var (field, value) in fields)
        {
            json[field] = value;
        }

        _output.WriteLine(json.ToJsonString(OneLine));
    }

    private static string TimeOf(Timestamp? at) => at is null ? "-" : Times.Of(at);

    private string Now() => invocation.Host.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
