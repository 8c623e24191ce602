using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Cli.Tests;

[UnsupportedOSPlatform("windows")]
public class WatchCommandTests
{
    private const string Watch = "watch --purpose 3 --channel postal --lang en";
    private const string Until = $"{Watch} --until-current --position P1";

    private static readonly ReasonCode[] Allowed = [ReasonCode.UsePermitted];
    private static readonly ReasonCode[] OptedOut = [ReasonCode.DmOptedOut, ReasonCode.AdMailNoOptIn];
    private static readonly ReasonCode[] Stale = [ReasonCode.FactsStale];

    private static string Words => "§9 ※  DM opt-out covers purposes 3 and 4";

    [Fact]
    public async Task Each_member_that_changed_is_a_line_until_all_was_told()
    {
        await using var service = await FakeService.StartAsync();
        service.Audience.Sessions.Enqueue(new(
            [
                FakeAudience.Changed(("M1", OptedOut), ("M2", Allowed)),
                FakeAudience.Heartbeat("P2", isCurrent: false),
                new WatchDecisionsResponse(),
                FakeAudience.Changed(("M3", [ReasonCode.ContractorPermittedPartial])),
                FakeAudience.Heartbeat("P3"),
                FakeAudience.Changed(("M4", OptedOut)),
            ],
            Hangs: true));

        var run = await Tool.RunAsync(Until, service.Address);

        Assert.Equal((0, "All changes so far were told: 2 members are refused now.\n"), (run.ExitCode, run.Error));
        Assert.Equal(
            [
                $"2026-04-01T00:00:00Z\tM1\tDENY\tDM_OPTED_OUT\t{Words}",
                "2026-04-01T00:00:00Z\tM2\tALLOW\tUSE_PERMITTED\t§3  use within the published purpose",
                "-\tNOT_CURRENT\t12 ms old\tdo not send meanwhile",
                "2026-04-01T00:00:00Z\tM3\tALLOW_PARTIAL\tCONTRACTOR_PERMITTED_PARTIAL\t§6  only the necessary items may go",
                "-\tCURRENT\t12 ms old",
            ],
            Lines(run.Output));
        Assert.Equal("P1", service.Audience.Watches.Single().Position);
    }

    [Fact]
    public async Task In_Japanese_the_words_are_those_of_the_policy()
    {
        await using var service = await FakeService.StartAsync();
        service.Audience.Sessions.Enqueue(new(
            [FakeAudience.Changed(("M1", OptedOut)), FakeAudience.Heartbeat("P2", isCurrent: false), FakeAudience.Heartbeat("P2")], Hangs: true));

        var run = await Tool.RunAsync(Until.Replace("--lang en", "--lang ja", StringComparison.Ordinal), service.Address);

        Assert.Equal("これまでの変更をすべて通知しました: 現在不可の会員は1名です。\n", run.Error);
        Assert.Equal(
            [
                "2026-04-01T00:00:00Z\tM1\tDENY\tDM_OPTED_OUT\t§9 ※  ダイレクトメール等による商品・サービスに関する情報の提供を希望されない場合",
                "-\tNOT_CURRENT\t12ミリ秒前の状態\tこの間は送信しないでください",
                "-\tCURRENT\t12ミリ秒前の状態",
            ],
            Lines(run.Output));
    }

    [Fact]
    public async Task As_JSON_each_event_is_one_line()
    {
        await using var service = await FakeService.StartAsync();
        service.Audience.Sessions.Enqueue(new([FakeAudience.Changed(("M1", OptedOut)), FakeAudience.Heartbeat("P2")], Hangs: true));

        var run = await Tool.RunAsync($"{Until} --json --reasons all", service.Address);

        Assert.Equal(
            [
                """{"event":"member","at":"2026-04-01T00:00:00Z","memberId":"M1","outcome":"DENY","reasons":["DM_OPTED_OUT","AD_MAIL_NO_OPT_IN"]}""",
                """{"event":"heartbeat","position":"P2","ageMs":12,"isCurrent":true}""",
                """{"event":"end","position":"P2","left":1,"remaining":null}""",
            ],
            run.Output.TrimEnd().Split('\n'));
        Assert.Equal(ReasonDetail.All, service.Audience.Watches.Single().Header.Reasons);
    }

    [Fact]
    public async Task It_tells_only_of_whom_it_is_asked_for()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        service.Audience.Sessions.Enqueue(new(
            [FakeAudience.Changed(("M1", OptedOut), ("M2", Allowed), ("M3", OptedOut), ("m1", OptedOut)), FakeAudience.Heartbeat("P2")], Hangs: true));

        var run = await Tool.RunAsync($"{Until} --list {folder.Write("list.txt", "\uFEFFM1\r\nM2\r\n")} --only-refused", service.Address);

        Assert.Equal(["M1"], run.Output.Split('\n').Where(line => line.Contains("DENY", StringComparison.Ordinal)).Select(line => line.Split('\t')[1]));
        Assert.DoesNotContain("ALLOW", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_left_is_taken_out_of_the_list_and_then_the_position_moves_on()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        WriteCampaign(folder, "M1\nM2\nM3\nM2\n会員4\n");
        service.Audience.Sessions.Enqueue(new(
            [
                FakeAudience.Changed(("M1", OptedOut), ("M2", Allowed), ("M3", Allowed)),
                FakeAudience.Changed(("M1", Allowed), ("M2", OptedOut), ("M9", OptedOut)),
                FakeAudience.Heartbeat("P2"),
            ],
            Hangs: true));

        var run = await Tool.RunAsync($"{Watch} --list {folder["allowed.txt"]} --until-current --drop", service.Address);

        Assert.Equal((0, "All changes so far were told: 1 members left the list, 3 remain.\n"), (run.ExitCode, run.Error));
        Assert.Equal("M1\nM3\n会員4\n", folder.Read("allowed.txt"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["allowed.txt"]));
        Assert.Equal("P2\n", folder.Read("allowed.txt.position"));
        Assert.Equal("P1", service.Audience.Watches.Single().Position);
    }

    [Fact]
    public async Task A_list_that_cannot_be_rewritten_keeps_its_position()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        WriteCampaign(folder, "M1\nM2\n");
        Directory.CreateDirectory(folder["allowed.txt.tmp"]);
        service.Audience.Sessions.Enqueue(new([FakeAudience.Changed(("M1", OptedOut)), FakeAudience.Heartbeat("P2")], Hangs: true));

        var run = await Tool.RunAsync($"{Watch} --list {folder["allowed.txt"]} --until-current --drop", service.Address);

        Assert.Equal((2, "M1\nM2\n", "P1\n"), (run.ExitCode, folder.Read("allowed.txt"), folder.Read("allowed.txt.position")));
    }

    [Theory]
    [InlineData("--until-current")]
    [InlineData("")]
    public async Task Without_taking_anybody_out_the_position_of_a_list_stays(string option)
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        WriteCampaign(folder, "M1\n");
        service.Audience.Sessions.Enqueue(new([FakeAudience.Changed(("M1", OptedOut)), FakeAudience.Heartbeat("P2")], Hangs: true));

        await FollowAsync($"{Watch} --list {folder["allowed.txt"]} {option}", service, "CURRENT");

        Assert.Equal("P1\n", folder.Read("allowed.txt.position"));
    }

    [Fact]
    public async Task When_everything_changed_no_list_is_current_and_the_exit_code_says_so()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        WriteCampaign(folder, "M1\nM2\n");
        service.Audience.Sessions.Enqueue(new(
            [FakeAudience.Changed(("M1", OptedOut)), FakeAudience.Everything("P2"), FakeAudience.Heartbeat("P3")], Hangs: true));

        var run = await Tool.RunAsync($"{Watch} --list {folder["allowed.txt"]} --until-current --drop", service.Address);

        Assert.Equal((5, "Something changed that all answers rest on: screen again what is not sent yet.\n"), (run.ExitCode, run.Error));
        Assert.EndsWith(
            "\t-\tEVERYTHING_CHANGED\tREGISTER_CHANGED\tthe answer of any member may have changed: screen again what is not sent yet\n",
            run.Output,
            StringComparison.Ordinal);
        Assert.Equal(("M1\nM2\n", "P1\n"), (folder.Read("allowed.txt"), folder.Read("allowed.txt.position")));
    }

    [Fact]
    public async Task A_watch_without_an_end_goes_on_after_everything_changed()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        folder.Write("p", "P1");
        service.Audience.Sessions.Enqueue(new([FakeAudience.Everything("P2"), FakeAudience.Changed(("M1", Allowed)), FakeAudience.Heartbeat("P3")], Hangs: true));

        var run = await FollowAsync($"{Watch} --position-file {folder["p"]} --json", service, "P3");

        Assert.Equal((130, "P3\n"), (run.ExitCode, folder.Read("p")));
        Assert.Contains("""{"event":"everything-changed","cause":"REGISTER_CHANGED","position":"P2"}""", run.Output, StringComparison.Ordinal);
        Assert.Contains("M1", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_connection_is_made_up_for_from_the_last_position_and_meanwhile_nothing_is_current()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        folder.Write("p", "P1\n");
        var away = new RpcException(new Status(StatusCode.Unavailable, "going away"));
        service.Audience.Sessions.Enqueue(new([FakeAudience.Heartbeat("P2"), FakeAudience.Changed(("M1", OptedOut))], away));
        service.Audience.Sessions.Enqueue(new([], away));
        service.Audience.Sessions.Enqueue(new([FakeAudience.Changed(("M1", OptedOut)), FakeAudience.Heartbeat("P3")], Hangs: true));

        var run = await FollowAsync($"{Watch} --position-file {folder["p"]}", service, "CURRENT\t12 ms old\n", times: 2);

        Assert.Equal(["P1", "P2", "P2"], service.Audience.Watches.Select(watch => watch.Position));
        Assert.Equal("P3\n", folder.Read("p"));
        Assert.Equal(
            ["CURRENT\t12 ms old", "M1", "NOT_CURRENT\tgoing away\tdo not send meanwhile", "M1", "CURRENT\t12 ms old"],
            Lines(run.Output).Select(line => line.StartsWith('-') ? line[2..] : line.Split('\t')[1]));
    }

    [Fact]
    public async Task A_watch_that_the_service_ends_is_begun_again()
    {
        await using var service = await FakeService.StartAsync();
        service.Audience.Sessions.Enqueue(new([FakeAudience.Heartbeat("P2", isCurrent: false)], Ends: true));

        var run = await Tool.RunAsync(Until, service.Address);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["P1", "P2"], service.Audience.Watches.Select(watch => watch.Position));
    }

    [Fact]
    public async Task A_service_that_says_nothing_is_noticed()
    {
        await using var service = await FakeService.StartAsync();
        service.Audience.Sessions.Enqueue(new([FakeAudience.Heartbeat("P2")], Hangs: true));

        var run = await FollowAsync($"{Watch} --timeout 0.5", service, "NOT_CURRENT");

        Assert.Contains("NOT_CURRENT\tThe service stood still for 0.5 s (--timeout).\tdo not send meanwhile", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_with_an_end_gives_up_a_service_that_stays_away()
    {
        await using var service = await FakeService.StartAsync();
        var away = new RpcException(new Status(StatusCode.Unavailable, "going away"));
        service.Audience.Sessions.Enqueue(new([FakeAudience.Heartbeat("P2", isCurrent: false)], away));
        Array.ForEach(new int[100], _ => service.Audience.Sessions.Enqueue(new([], away)));

        var run = await Tool.RunAsync($"{Until} --timeout 6000", service.Address, adapt: ScreenCommandTests.Fast);

        Assert.Equal((1, "going away\n"), (run.ExitCode, run.Error));
        Assert.InRange(service.Audience.Watches.Count, 5, 30);
    }

    [Fact]
    public async Task It_does_not_give_up_a_service_that_answers_in_between()
    {
        await using var service = await FakeService.StartAsync();
        var away = new RpcException(new Status(StatusCode.Unavailable, "going away"));
        Array.ForEach(new int[4], _ => service.Audience.Sessions.Enqueue(new([FakeAudience.Heartbeat("P2", isCurrent: false)], away)));

        var run = await Tool.RunAsync($"{Until} --retry-seconds 1 --timeout 6000", service.Address, adapt: ScreenCommandTests.Fast);

        Assert.Equal((0, 5), (run.ExitCode, service.Audience.Watches.Count));
    }

    [Fact]
    public async Task A_service_that_is_not_there_at_first_is_told_at_once()
    {
        await using var service = await FakeService.StartAsync();
        service.Audience.Sessions.Enqueue(new([], new RpcException(new Status(StatusCode.Unavailable, "going away"))));

        var run = await Tool.RunAsync(Watch, service.Address);

        Assert.Equal((1, "going away\n", ""), (run.ExitCode, run.Error, run.Output));
    }

    [Fact]
    public async Task A_position_that_is_too_old_means_to_screen_again()
    {
        await using var service = await FakeService.StartAsync();
        service.Audience.Sessions.Enqueue(new([], AudienceScript.TooOld()));

        var run = await Tool.RunAsync(Until, service.Address);

        Assert.Equal(
            (1, "What changed since the position cannot be told any more, screen the list again: position is too old to watch from\n"),
            (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task Whom_facts_could_not_be_read_of_is_told_of_anew_from_the_beginning()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        WriteCampaign(folder, "M1\nM2\nM3\n");
        service.Audience.Sessions.Enqueue(new([FakeAudience.Changed(("M1", Stale), ("M3", OptedOut)), FakeAudience.Heartbeat("P2")], Hangs: true));
        service.Audience.Sessions.Enqueue(new([FakeAudience.Changed(("M1", Allowed), ("M3", OptedOut)), FakeAudience.Heartbeat("P3")], Hangs: true));

        var run = await Tool.RunAsync($"{Watch} --list {folder["allowed.txt"]} --until-current --drop", service.Address);

        Assert.Equal((0, "M1\nM2\n", "P3\n"), (run.ExitCode, folder.Read("allowed.txt"), folder.Read("allowed.txt.position")));
        Assert.Equal(["P1", "P1"], service.Audience.Watches.Select(watch => watch.Position));
    }

    [Fact]
    public async Task Of_what_was_told_before_it_began_anew_nothing_counts()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        WriteCampaign(folder, "M1\nM2\nM3\n");
        service.Audience.Sessions.Enqueue(new([FakeAudience.Changed(("M1", Stale), ("M3", OptedOut)), FakeAudience.Heartbeat("P2")], Hangs: true));
        service.Audience.Sessions.Enqueue(new([FakeAudience.Changed(("M2", OptedOut)), FakeAudience.Heartbeat("P3")], Hangs: true));

        var run = await Tool.RunAsync($"{Watch} --list {folder["allowed.txt"]} --until-current --drop", service.Address);

        Assert.Equal((0, "M1\nM3\n", 2), (run.ExitCode, folder.Read("allowed.txt"), service.Audience.Watches.Count));
    }

    [Fact]
    public async Task The_last_answer_counts_and_only_of_whom_it_is()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        WriteCampaign(folder, "M1\nm1\n");
        service.Audience.Sessions.Enqueue(new(
            [FakeAudience.Changed(("m1", OptedOut), ("M1", Stale)), FakeAudience.Changed(("M1", Allowed)), FakeAudience.Heartbeat("P2")], Hangs: true));

        var run = await Tool.RunAsync($"{Watch} --list {folder["allowed.txt"]} --until-current --drop", service.Address);

        Assert.Equal((0, "M1\n", 1), (run.ExitCode, folder.Read("allowed.txt"), service.Audience.Watches.Count));
    }

    [Fact]
    public async Task While_facts_cannot_be_read_nobody_is_taken_out_and_the_position_stays()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        WriteCampaign(folder, "M1\nM2\nM3\n");
        Array.ForEach(new int[100], _ => service.Audience.Sessions.Enqueue(new(
            [FakeAudience.Changed(("M1", Stale), ("M3", OptedOut)), FakeAudience.Heartbeat("P2")], Hangs: true)));

        var run = await Tool.RunAsync(
            $"{Watch} --list {folder["allowed.txt"]} --until-current --drop --timeout 6000", service.Address, adapt: ScreenCommandTests.Fast);

        Assert.Equal((1, "Facts on 1 members could not be read: who left is not known.\n"), (run.ExitCode, run.Error));
        Assert.Equal(("M1\nM2\nM3\n", "P1\n"), (folder.Read("allowed.txt"), folder.Read("allowed.txt.position")));
    }

    [Fact]
    public async Task A_position_is_kept_only_after_the_lines_before_it_are_written()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        folder.Write("p", "P1\n");
        service.Audience.Sessions.Enqueue(new([FakeAudience.Changed(("M1", OptedOut)), FakeAudience.Heartbeat("P2")], Hangs: true));

        var run = await Tool.RunAsync(
            $"{Watch} --position-file {folder["p"]}", service.Address, adapt: static host => host with { Output = new FullDisk() });

        Assert.Equal((2, "P1\n"), (run.ExitCode, folder.Read("p")));
    }

    [Fact]
    public async Task Killed_it_goes_on_from_the_kept_position_without_a_gap()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        folder.Write("p", "P0\n");
        WatchDecisionsResponse[] events =
            [.. Enumerable.Range(1, 2_000).SelectMany(i => new[] { FakeAudience.Changed(($"M{i}", OptedOut)), FakeAudience.Heartbeat($"P{i}") })];
        service.Audience.Sessions.Enqueue(new(events, Hangs: true));

        using var process = new ConsentCtlProcess($"{Watch} --position-file {folder["p"]}", service.Address);
        await ScreenCommandTests.WaitUntilAsync(() => folder.Read("p") != "P0\n" || process.HasExited);
        await process.KillAsync();
        var told = (await process.EndAsync()).Output.Split('\n').Count(line => line.Contains("DENY", StringComparison.Ordinal));
        var kept = folder.Read("p").Trim();
        await FollowAsync($"{Watch} --position-file {folder["p"]}", service, "CURRENT");

        Assert.InRange(int.Parse(kept[1..], null), 1, told);
        Assert.Equal(["P0", kept], service.Audience.Watches.Select(watch => watch.Position));
    }

    [Fact]
    public async Task Nothing_is_kept_of_what_nobody_reads_any_more()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        folder.Write("p", "P1\n");
        service.Audience.Sessions.Enqueue(new([FakeAudience.Changed(("M1", OptedOut)), FakeAudience.Heartbeat("P2")], Hangs: true));

        using var process = new ConsentCtlProcess($"{Watch} --position-file {folder["p"]}", service.Address);
        process.StopReading();
        var exitCode = await process.ExitCodeAsync();

        Assert.Equal((2, "P1\n"), (exitCode, folder.Read("p")));
    }

    [Fact]
    public async Task An_event_that_contradicts_itself_ends_the_watch()
    {
        await using var service = await FakeService.StartAsync();
        var changed = FakeAudience.Changed(("M1", OptedOut));
        changed.MembersChanged.MemberIds.Add("M2");
        service.Audience.Sessions.Enqueue(new([changed], Hangs: true));

        var run = await Tool.RunAsync(Until, service.Address);

        Assert.Equal((1, "The service contradicts itself: 1 reasons for 2 members.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task The_kept_position_goes_before_the_one_on_the_command_line()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        var command = $"{Watch} --position P1 --position-file {folder["p"]} --until-current";

        await Tool.RunAsync(command, service.Address);
        folder.Write("p", "P7\n");
        await Tool.RunAsync(command, service.Address);

        Assert.Equal(["P1", "P7"], service.Audience.Watches.Select(watch => watch.Position));
    }

    [Fact]
    public async Task An_empty_position_is_not_kept()
    {
        using var folder = new Folder();
        await using var service = await FakeService.StartAsync();
        service.Audience.Sessions.Enqueue(new([FakeAudience.Heartbeat("P2"), FakeAudience.Heartbeat("", isCurrent: false)], Hangs: true));

        await FollowAsync($"{Watch} --position P1 --position-file {folder["p"]}", service, "NOT_CURRENT");

        Assert.Equal("P2\n", folder.Read("p"));
    }

    [Fact]
    public async Task Every_heartbeat_is_shown_on_demand()
    {
        await using var service = await FakeService.StartAsync();
        service.Audience.Sessions.Enqueue(new(
            [FakeAudience.Heartbeat("P2", isCurrent: false), FakeAudience.Heartbeat("P2", isCurrent: false), FakeAudience.Heartbeat("P2")], Hangs: true));

        var run = await Tool.RunAsync($"{Until} --verbose", service.Address);

        Assert.Equal(3, Lines(run.Output).Count());
    }

    [Theory]
    [InlineData("watch", "Give --purpose, or --recipient for a disclosure.")]
    [InlineData("watch --purpose 1 --until-current", "--until-current needs a position: a screening with --allowed writes one, or give --position.")]
    [InlineData("watch --purpose 1 --position-file /no/such", "/no/such is not there: a screening with --allowed writes one, or give --position.")]
    [InlineData("watch --purpose 1 --list /no/such", "/no/such.position is not there: a screening with --allowed writes one, or give --position.")]
    [InlineData("watch --purpose 1 --list /no/such --position P1", "/no/such")]
    [InlineData("watch --purpose 1 --drop --until-current --position P1", "--drop needs --list and --until-current.")]
    [InlineData("watch --purpose 1 --drop --list l --position P1", "--drop needs --list and --until-current.")]
    [InlineData("watch --purpose 1 --position-file /dev/null", "/dev/null is empty: it must hold the position of a screening or a watch.")]
    public async Task Bad_use_is_named_and_ends_with_2(string commandLine, string sentence)
    {
        var run = await Tool.RunAsync(commandLine);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_prints_the_limits()
    {
        await using var service = await FakeService.StartAsync();

        var text = await Tool.RunAsync("info", service.Address);
        var json = await Tool.RunAsync("info --json", service.Address);

        Assert.Equal("max batch checks 10000\nmax chunk members 10000\nmax message bytes 4194304\nserver version 1.0\n", text.Output);
        Assert.Equal(10_000, (int)JsonNode.Parse(json.Output)!["maxChunkMembers"]!);
    }

    private static void WriteCampaign(Folder folder, string list)
    {
        File.SetUnixFileMode(folder.Write("allowed.txt", list), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        folder.Write("allowed.txt.position", "P1\n");
    }

    /// <summary>The lines of the tool's own clock without the instant.</summary>
    private static IEnumerable<string> Lines(string output) =>
        output.TrimEnd('\n').Split('\n').Select(line => line.Split('\t')[1] == "-" ? line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..] : line);

    /// <summary>Runs a watch until it has printed something so many times, and then interrupts it.</summary>
    private static async Task<Tool> FollowAsync(string command, FakeService service, string until, int times = 1)
    {
        using var interruption = new CancellationTokenSource();
        var output = new SharedWriter();
        var running = Tool.RunAsync(command, service.Address, adapt: host => host with { Output = output }, cancellation: interruption.Token);
        await ScreenCommandTests.WaitUntilAsync(() => running.IsCompleted || output.ToString().Split(until).Length > times);
        await Task.Delay(100);
        await interruption.CancelAsync();
        return await running with { Output = output.ToString() };
    }

    /// <summary>Can be read while it is written.</summary>
    private sealed class SharedWriter : StringWriter
    {
        private readonly Lock _lock = new();

        public SharedWriter() => NewLine = "\n";

        public override void Write(char value)
        {
            lock (_lock)
            {
                base.Write(value);
            }
        }

        public override void Write(string? value)
        {
            lock (_lock)
            {
                base.Write(value);
            }
        }

        public override void Write(char[] buffer, int index, int count)
        {
            lock (_lock)
            {
                base.Write(buffer, index, count);
            }
        }

        public override string ToString()
        {
            lock (_lock)
            {
                return base.ToString();
            }
        }
    }

    /// <summary>Takes lines and cannot write them.</summary>
    private sealed class FullDisk : StringWriter
    {
        public override void Flush() => throw new IOException("No space left on device");
    }
}
