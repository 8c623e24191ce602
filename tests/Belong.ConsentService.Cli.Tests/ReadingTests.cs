using System.Text.Json.Nodes;
using Belong.Consent.V1;
using Google.Protobuf;

namespace Belong.ConsentService.Cli.Tests;

public class ReadingTests
{
    [Fact]
    public async Task A_member_is_shown_with_what_is_known_and_nothing_else()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Member = JsonParser.Default.Parse<Member>("""
            {"id":"M1","version":4,"acquiredPolicyVersion":"v1",
             "statuses":[{"status":"MEMBER_STATUS_WITHDRAWN","start":{"at":"2026-02-01T00:00:00Z"}}],
             "dmOptOuts":[{"optOut":{"recordId":"R","channels":["CHANNEL_EMAIL"],"start":{"unknown":true}},"liftedAt":"2026-03-01T00:00:00Z"}],
             "useStops":[{"stop":{"purposes":[3,4]}}]}
            """);

        var run = await Tool.RunAsync("member show M1", service.Address);

        Assert.Equal(
            """
            id M1
            version 4
            acquired policy version v1
            statuses:
              status WITHDRAWN, from 2026-02-01T00:00:00Z
            dm opt outs:
              record id R, channels EMAIL, start not on record, lifted at 2026-03-01T00:00:00Z
            use stops:
              purposes 3 4

            """,
            run.Output);
    }

    [Fact]
    public async Task A_history_is_read_to_its_last_page()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Pages.Enqueue(Page(1, "NEXT"));
        service.Script.Pages.Enqueue(Page(2, ""));

        var run = await Tool.RunAsync("member history M1", service.Address);

        Assert.Equal(["", "NEXT"], service.Script.Requests.Cast<GetMemberHistoryRequest>().Select(request => request.PageToken));
        Assert.Equal(
            """
            version 1  2026-02-01T00:00:00Z  desk (caller web, key K-1)  asked
              dm-opt-out  all channels
            version 2  2026-02-01T00:00:00Z  desk (caller web, key K-1)  asked
              dm-opt-out  all channels

            """,
            run.Output);
    }

    [Fact]
    public async Task As_JSON_all_pages_are_one_answer()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Pages.Enqueue(Page(1, "NEXT"));
        service.Script.Pages.Enqueue(Page(2, ""));

        var run = await Tool.RunAsync("member history M1 --json", service.Address);

        Assert.Equal(2, JsonNode.Parse(run.Output)!["entries"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_register_is_shown()
    {
        await using var service = await FakeService.StartAsync();

        var run = await Tool.RunAsync("register show", service.Address);

        Assert.Equal("version 3\nvendors:\n  id V-CARRIER\n", run.Output);
    }

    private static GetMemberHistoryResponse Page(int version, string next) => new()
    {
        NextPageToken = next,
        Entries =
        {
            new HistoryEntry
            {
                MemberVersion = version,
                RecordedAt = new() { Seconds = 1769904000 },
                Caller = "web",
                Actor = "desk",
                Reason = "asked",
                IdempotencyKey = "K-1",
                Changes = { new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } } },
            },
        },
    };
}
