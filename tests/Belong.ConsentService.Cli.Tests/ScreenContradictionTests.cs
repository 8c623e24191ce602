using Belong.Consent.V1;
using Google.Protobuf;

namespace Belong.ConsentService.Cli.Tests;

/// <summary>A service that contradicts itself, one message at a time.</summary>
public class ScreenContradictionTests
{
    private const string Screen = "screen --purpose 3 --channel postal --chunk 10 --reasons all";

    public static TheoryData<string, string> Contradictions => new()
    {
        { "no start", "a verdicts message comes before the start" },
        { "two starts", "a start message comes among the verdicts" },
        { "chunk left out", "verdicts on chunk 1 come instead of those on chunk 0" },
        { "chunk twice", "verdicts on chunk 0 come instead of those on chunk 1" },
        { "chunk too many", "verdicts on chunk 3, which was not sent" },
        { "fewer members", "verdicts on 9 members of a chunk of 10" },
        { "short bitmap", "1 bytes of verdicts on 10 members" },
        { "bit beyond the members", "verdicts on more than 10 members" },
        { "short reasons", "9 reasons for 10 members" },
        { "no reasons", "0 reasons for 10 members" },
        { "allowed for a refusing reason", "member 9 is allowed for reason 70" },
        { "reason 0", "member 0 is refused for reason 0" },
        { "refused without reasons", "member 9 is refused without its reasons" },
        { "reasons of another member", "member 9 is refused without its reasons" },
        { "another primary reason", "member 9 has two primary reasons" },
        { "reasons of too many", "reasons of 2 members where 1 are refused" },
        { "early summary", "the summary comes before all verdicts" },
        { "summary of fewer members", "24 members in the summary, 25 in the verdicts" },
        { "summary of more allowed", "24 allowed members in the summary, 23 in the verdicts" },
        { "summary of undecided", "1 undecided members in the summary, 0 in the verdicts" },
        { "incomplete", "incomplete, with 0 undecided members" },
        { "other totals", "1 members with reason 70 in the summary, 2 in the verdicts" },
        { "missing totals", "1 reasons in the summary, 2 in the verdicts" },
        { "other obligations", "the summary has other obligations than the verdicts" },
        { "valid longer", "the summary is valid until another instant than the verdicts" },
        { "other position", "the summary has another position than the start" },
        { "two summaries", "more comes after the summary" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task A_contradiction_is_named_and_nothing_is_taken_up_again(string what, string sentence)
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.Tamper = message => Tamper(message, what);

        var run = await Tool.RunAsync($"{Screen} {ScreenCommandTests.Outputs(folder)}", service.Address, ScreenCommandTests.Ids(1, 25));

        Assert.Equal(
            (1, $"The service contradicts itself: {sentence}. Nothing that was written is to be used: screen the whole list anew.\n", ""),
            (run.ExitCode, run.Error, run.Output));
        Assert.Equal(["allowed.txt", "refused.tsv"], folder.Names);
    }

    [Fact]
    public async Task A_stream_without_a_summary_is_no_whole_list()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.Tamper = static message => message.Summary is null ? [message] : [];

        var run = await Tool.RunAsync($"{Screen} {ScreenCommandTests.Outputs(folder)}", service.Address, ScreenCommandTests.Ids(1, 25));

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "The service ended the stream without a summary: the list was not judged to its end. "
            + "25 members are judged and kept: the same command goes on after them.\n",
            run.Error);
        Assert.Contains("allowed.txt.screen", folder.Names);
    }

    [Fact]
    public async Task A_part_that_is_not_known_is_passed_over()
    {
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.Tamper = static message => [new ScreenAudienceResponse(), message];

        var run = await Tool.RunAsync("screen --purpose 1", service.Address, "M1\n");

        Assert.Equal((0, "M1\n"), (run.ExitCode, run.Output));
    }

    private static IEnumerable<ScreenAudienceResponse> Tamper(ScreenAudienceResponse message, string what)
    {
        switch (message)
        {
            case { Start: not null }:
                return what switch { "no start" => [new ScreenAudienceResponse { Verdicts = new ChunkVerdicts() }], "two starts" => [message, message], _ => [message] };
            case { Verdicts: { Chunk: 0 } verdicts }:
                return Tamper(message, verdicts, what);
            case { Verdicts.Chunk: 2 } when what == "chunk too many":
                return [message, new ScreenAudienceResponse { Verdicts = new ChunkVerdicts { Chunk = 3 } }];
            case { Summary: { } summary }:
                Tamper(summary, what);
                return what == "two summaries" ? [message, message] : [message];
            default:
                return [message];
        }
    }

    private static ScreenAudienceResponse[] Tamper(ScreenAudienceResponse message, ChunkVerdicts verdicts, string what)
    {
        switch (what)
        {
            case "chunk left out":
                return [];
            case "chunk twice":
                return [message, message];
            case "early summary":
                return [new ScreenAudienceResponse { Summary = new ScreenSummary { Position = "P1", IsComplete = true } }];
            case "fewer members":
                verdicts.MemberCount = 9;
                break;
            case "short bitmap":
                verdicts.Allowed = ByteString.CopyFrom(0xFF);
                break;
            case "bit beyond the members":
                verdicts.Allowed = ByteString.CopyFrom(0xFF, 0x05);
                break;
            case "short reasons":
                verdicts.PrimaryReasons = ByteString.CopyFrom(verdicts.PrimaryReasons.Span[..9]);
                break;
            case "no reasons":
                verdicts.PrimaryReasons = ByteString.Empty;
                break;
            case "allowed for a refusing reason":
                verdicts.Allowed = ByteString.CopyFrom(0xFF, 0x03);
                break;
            case "reason 0":
                verdicts.Allowed = ByteString.CopyFrom(0xFE, 0x01);
                verdicts.PrimaryReasons = ByteString.CopyFrom([0, .. verdicts.PrimaryReasons.Span[1..]]);
                break;
            case "refused without reasons":
                verdicts.Refused.Clear();
                break;
            case "reasons of another member":
                verdicts.Refused[0].Index = 3;
                break;
            case "another primary reason":
                verdicts.Refused[0].Reasons.RemoveAt(0);
                break;
            case "reasons of too many":
                verdicts.Refused.Add(new RefusedMember { Index = 10, Reasons = { ReasonCode.DmOptedOut } });
                break;
        }

        return [message];
    }

    private static void Tamper(ScreenSummary summary, string what)
    {
        switch (what)
        {
            case "summary of fewer members":
                summary.MemberCount--;
                break;
            case "summary of more allowed":
                summary.AllowedCount++;
                break;
            case "summary of undecided":
                summary.UndecidedCount++;
                break;
            case "incomplete":
                summary.IsComplete = false;
                break;
            case "other totals":
                (summary.Totals[0].MemberCount, summary.Totals[1].MemberCount) = (1, 24);
                break;
            case "missing totals":
                summary.Totals.RemoveAt(0);
                break;
            case "other obligations":
                summary.Obligations.Clear();
                break;
            case "valid longer":
                summary.ValidUntil.Seconds++;
                break;
            case "other position":
                summary.Position = "P0";
                break;
        }
    }
}
