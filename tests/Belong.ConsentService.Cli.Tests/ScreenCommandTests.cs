using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Audience;
using Grpc.Core;

namespace Belong.ConsentService.Cli.Tests;

public class ScreenCommandTests
{
    private const string Screen = "screen --purpose 3 --channel postal";
    private const string Long = "--retry-seconds 6000 --timeout 6000";

    private static readonly ReasonCode[] OptedOut = [ReasonCode.DmOptedOut, ReasonCode.AdMailNoOptIn];

    [Fact]
    public async Task Allowed_ids_go_to_one_file_and_refused_ones_with_their_reason_to_another_in_the_order_of_the_list()
    {
        using var folder = new Folder();
        await using var service = await StartAsync();
        var list = folder.Write("list.txt", Ids(1, 2500));

        var run = await Tool.RunAsync($"{Screen} {list} {Outputs(folder)}", service.Address);

        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Equal(Enumerable.Range(1, 2500).Where(id => id % 10 != 0).Select(id => $"M{id}"), folder.Lines("allowed.txt"));
        Assert.Equal(Enumerable.Range(1, 250).Select(id => $"M{id * 10}\tDM_OPTED_OUT"), folder.Lines("refused.tsv"));
        Assert.Equal([1000, 1000, 500], service.Audience.Streams.Single().Select(chunk => chunk.Length));
        Assert.Equal("P1\n", folder.Read("allowed.txt.position"));
        Assert.Equal(["allowed.txt", "allowed.txt.position", "list.txt", "refused.tsv"], folder.Names);
    }

    [Fact]
    public async Task The_question_is_that_of_the_command_line_without_a_member()
    {
        await using var service = await StartAsync();

        await Tool.RunAsync(
            "screen --purpose 3,4 --channel email --promotional --min-facts-version TOKEN --key SECRET", service.Address, "M1\n");
        await Tool.RunAsync("screen --recipient V-CARRIER --capacity contractor --purpose 1 --item name,address --reasons all", service.Address, "M1\n");

        Assert.Equal(
            new AudienceHeader
            {
                Use = new CheckUseRequest
                {
                    Purposes = { Purpose.DirectMarketing, Purpose.PartnerInformation },
                    Channel = Channel.Email,
                    PromotionalContent = true,
                    Options = new CheckOptions { MinFactsVersion = "TOKEN" },
                },
                Reasons = ReasonDetail.Primary,
            },
            service.Audience.Headers[0]);
        Assert.Equal(
            new AudienceHeader
            {
                Disclosure = new CheckDisclosureRequest
                {
                    Purposes = { Purpose.ServiceDelivery },
                    PromotionalContent = false,
                    Items = { DataItem.Name, DataItem.Address },
                    RecipientId = "V-CARRIER",
                    Capacity = Capacity.Contractor,
                },
                Reasons = ReasonDetail.All,
            },
            service.Audience.Headers[1]);
    }

    [Fact]
    public async Task Without_a_file_only_allowed_ids_go_to_standard_output()
    {
        await using var service = await StartAsync();

        var run = await Tool.RunAsync(Screen, service.Address, "M1\nM10\nM3");

        Assert.Equal((0, "M1\nM3\n"), (run.ExitCode, run.Output));
        Assert.StartsWith("Judged 3 members: 2 allowed, 1 refused. The list is complete.\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Others_go_on_in_the_same_file_after_it()
    {
        using var folder = new Folder();
        await using var service = await StartAsync();
        var screen = $"dotnet {ConsentCtlProcess.Program()} {Screen} {folder.Write("list.txt", "M1\nM2\n")} --address {service.Address}";

        using var shell = Process.Start("sh", ["-c", $"{{ echo begin; {screen}; echo end; }} > {folder["out"]} 2> {folder["err"]}"]);
        await shell.WaitForExitAsync();

        Assert.Equal(["begin", "M1", "M2", "end"], folder.Lines("out"));
    }

    [Fact]
    public async Task A_program_that_reads_no_more_has_no_whole_list()
    {
        using var folder = new Folder();
        await using var service = await StartAsync();

        using var process = new ConsentCtlProcess($"{Screen} {folder.Write("list.txt", Ids(1, 2500))}", service.Address);
        process.StopReading();

        Assert.Equal(1, await process.ExitCodeAsync());
    }

    [Fact]
    public async Task A_byte_order_mark_CR_LF_and_blank_lines_are_tolerated_and_all_else_is_taken_as_it_is()
    {
        using var folder = new Folder();
        await using var service = await StartAsync();

        var run = await Tool.RunAsync(
            $"{Screen} {Outputs(folder)}", service.Address, "\uFEFFM1\r\n\r\n \t\nM 2\n M3 \r\nM1\n会員4\n\uFEFFM5");

        Assert.Equal([["M1", "M 2", " M3 ", "M1", "会員4", "\uFEFFM5"]], service.Audience.Streams.Single());
        Assert.Equal("M1\nM 2\n M3 \nM1\n会員4\n\uFEFFM5\n", folder.Read("allowed.txt"));
        Assert.EndsWith("  blank lines  2\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_UTF_8_comes_back_byte_by_byte_as_it_was()
    {
        using var folder = new Folder();
        await using var service = await StartAsync();
        service.Audience.Judge = static (_, _) => [ReasonCode.RequestMalformed];
        File.WriteAllBytes(folder["list.txt"], [0xFF, 0x09, 0xFE, 0x0A]);

        await Tool.RunAsync($"{Screen} {folder["list.txt"]} {Outputs(folder)}", service.Address);

        Assert.Equal([0xFF, (byte)'\\', (byte)'t', 0xFE, .. "\tREQUEST_MALFORMED\n"u8], File.ReadAllBytes(folder["refused.tsv"]));
    }

    [Theory]
    [InlineData("refused.tsv", "primary", "M10\tDM_OPTED_OUT\na,\"b\tREQUEST_MALFORMED\n")]
    [InlineData("refused.tsv", "all", "M10\tDM_OPTED_OUT\tDM_OPTED_OUT AD_MAIL_NO_OPT_IN\na,\"b\tREQUEST_MALFORMED\tREQUEST_MALFORMED\n")]
    [InlineData("refused.csv", "primary", "M10,DM_OPTED_OUT\n\"a,\"\"b\",REQUEST_MALFORMED\n")]
    [InlineData("refused.csv", "all", "M10,DM_OPTED_OUT,DM_OPTED_OUT AD_MAIL_NO_OPT_IN\n\"a,\"\"b\",REQUEST_MALFORMED,REQUEST_MALFORMED\n")]
    public async Task Refused_ids_are_listed_with_one_reason_or_all_with_tabs_or_commas(string name, string reasons, string text)
    {
        using var folder = new Folder();
        await using var service = await StartAsync();
        service.Audience.Judge = static (id, _) => id.Contains(',', StringComparison.Ordinal) ? [ReasonCode.RequestMalformed] : Reasons(id);

        await Tool.RunAsync($"{Screen} --reasons {reasons} --refused {folder[name]}", service.Address, "M1\nM10\na,\"b\n");

        Assert.Equal(text, folder.Read(name));
    }

    [Theory]
    [InlineData(ReasonCode.ContractorPermittedPartial, "CONTRACTOR_PERMITTED_PARTIAL")]
    [InlineData((ReasonCode)250, "250")]
    public async Task What_has_no_bit_is_not_allowed_whatever_its_reason(ReasonCode reason, string code)
    {
        using var folder = new Folder();
        await using var service = await StartAsync();
        service.Audience.Judge = (_, _) => [reason];

        var run = await Tool.RunAsync($"{Screen} {Outputs(folder)}", service.Address, "M1\n");

        Assert.Equal((0, "", $"M1\t{code}\n"), (run.ExitCode, folder.Read("allowed.txt"), folder.Read("refused.tsv")));
    }

    [Fact]
    public async Task An_empty_list_is_complete()
    {
        await using var service = await StartAsync();

        var run = await Tool.RunAsync(Screen, service.Address);

        Assert.Equal((0, "Judged 0 members: 0 allowed, 0 refused. The list is complete.\n  position     P1\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task The_summary_gives_each_reason_with_its_clause_in_English() => Assert.Equal(
        """
        Judged 1,200 members: 1,080 allowed, 120 refused. The list is complete.
            120  DM_OPTED_OUT   §9 ※  DM opt-out covers purposes 3 and 4
          1,080  USE_PERMITTED  §3  use within the published purpose
          obligations  RECHECK_AT_SEND
          valid until  2026-04-01T00:01:00Z, and longer while consentctl watch from the position says that it is current
          position     P1

        """,
        await SummaryAsync("--lang en"));

    [Theory]
    [InlineData("--lang ja", "")]
    [InlineData("", "ja_JP.UTF-8")]
    public async Task The_summary_gives_each_reason_with_its_clause_in_Japanese(string option, string locale) => Assert.Equal(
        """
        1,200名を判定しました: 許可 1,080名、不可 120名。リスト全体の判定が完了しています。
            120  DM_OPTED_OUT   §9 ※  ダイレクトメール等による商品・サービスに関する情報の提供を希望されない場合
          1,080  USE_PERMITTED  §3  利用目的の達成に必要な範囲内で、適正にお客様の個人情報を取り扱います
          義務: RECHECK_AT_SEND
          有効期限: 2026-04-01T00:01:00Z (この位置から consentctl watch が最新であると示す間はその後も有効)
          位置: P1

        """,
        await SummaryAsync(option, locale));

    [Fact]
    public async Task Words_of_the_service_go_before_those_that_the_tool_knows()
    {
        await using var service = await StartAsync();
        service.Audience.Tamper = static message =>
        {
            message.Summary?.Explanations.Add(new ReasonExplanation { Code = ReasonCode.DmOptedOut, Clause = "§99", GlossEn = "as of\u001b today" });
            return [message];
        };

        var run = await Tool.RunAsync(Screen, service.Address, "M10\n");

        Assert.Contains("  1  DM_OPTED_OUT  §99  as of  today\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_JSON_the_summary_is_that_of_the_contract()
    {
        using var folder = new Folder();
        await using var service = await StartAsync();

        var run = await Tool.RunAsync($"{Screen} {Outputs(folder)} --json", service.Address, "M1\n\nM10\n");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var json = JsonNode.Parse(run.Output)!;
        Assert.True((bool)json["isComplete"]!);
        Assert.Equal(("2", "1", "0", "P1"), ((string?)json["memberCount"], (string?)json["allowedCount"], (string?)json["undecidedCount"], (string?)json["position"]));
        Assert.Equal("REASON_CODE_DM_OPTED_OUT", (string?)json["totals"]![0]!["reason"]);
        Assert.Equal("§9 ※", (string?)json["explanations"]![0]!["clause"]);
        Assert.Equal((1, 1), ((int)json["blankLines"]!, (int)json["streams"]!));
    }

    [Fact]
    public async Task Who_cannot_be_judged_is_asked_again_and_comes_last()
    {
        using var folder = new Folder();
        await using var service = await StartAsync();
        service.Audience.Judge = static (id, asked) => id is "M2" or "M20" && asked < 3 ? [ReasonCode.FactsUnavailable] : Reasons(id);

        var run = await Tool.RunAsync($"{Screen} {Outputs(folder)} {Long}", service.Address, "M1\nM2\nM20\nM3\n", adapt: Fast);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["M1", "M3", "M2"], folder.Lines("allowed.txt"));
        Assert.Equal(["M20\tDM_OPTED_OUT"], folder.Lines("refused.tsv"));
        Assert.Equal([4, 2, 2], service.Audience.Streams.SelectMany(stream => stream).Select(chunk => chunk.Length));
        Assert.StartsWith("Judged 4 members: 3 allowed, 1 refused. The list is complete.\n", run.Error, StringComparison.Ordinal);
        Assert.Matches("position     P1  [(]of the first of [0-9]+ streams: it covers all of them[)]\n", run.Error);
        Assert.Equal(["allowed.txt", "allowed.txt.position", "refused.tsv"], folder.Names);
    }

    [Theory]
    [InlineData(ReasonCode.FactsUnavailable, "FACTS_UNAVAILABLE")]
    [InlineData(ReasonCode.FactsStale, "FACTS_STALE")]
    public async Task Who_cannot_be_judged_at_all_is_listed_as_refused_and_the_list_is_not_complete(ReasonCode reason, string code)
    {
        using var folder = new Folder();
        await using var service = await StartAsync();
        service.Audience.Judge = (id, _) => id == "M2" ? [reason] : Reasons(id);

        var run = await Tool.RunAsync($"{Screen} {Outputs(folder)} --ask-again 2 {Long}", service.Address, "M1\nM2\nM3\n", adapt: Fast);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["M1", "M3"], folder.Lines("allowed.txt"));
        Assert.Equal([$"M2\t{code}"], folder.Lines("refused.tsv"));
        Assert.Equal(3, service.Audience.Answered["M2"]);
        Assert.StartsWith("Judged 3 members: 2 allowed, 0 refused, 1 undecided. THE LIST IS NOT COMPLETE: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pass_asks_each_of_them_once_however_many_they_are()
    {
        const int Members = 20_000;
        using var folder = new Folder();
        await using var service = await StartAsync();
        service.Audience.Judge = static (id, asked) => asked < 3 ? [ReasonCode.FactsStale] : Reasons(id);

        var run = await Tool.RunAsync($"{Screen} {Outputs(folder)} {Long}", service.Address, Ids(1, Members), adapt: Fast);

        Assert.Equal(0, run.ExitCode);
        Assert.All(service.Audience.Answered.Values, asked => Assert.Equal(3, asked));
        Assert.Equal([Members, Members, Members], service.Audience.Streams.Select(stream => stream.Sum(chunk => chunk.Length)).Where(members => members > 0));
    }

    [Fact]
    public async Task Undecided_ones_are_asked_again_for_standard_output_too()
    {
        await using var service = await StartAsync();
        service.Audience.Judge = static (id, asked) => asked == 1 ? [ReasonCode.FactsStale] : Reasons(id);

        var run = await Tool.RunAsync($"{Screen} {Long}", service.Address, Ids(1, 3000), adapt: Fast);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2700, run.Output.Count(letter => letter == '\n'));
    }

    [Fact]
    public async Task A_chunk_holds_what_was_asked_for_and_no_more_than_the_service_takes()
    {
        await using var service = await StartAsync();
        service.Script.Info.MaxChunkMembers = 7;

        await Tool.RunAsync($"{Screen} --chunk 5", service.Address, Ids(1, 12));
        await Tool.RunAsync($"{Screen} --chunk 9", service.Address, Ids(1, 12));

        Assert.Equal([5, 5, 2], service.Audience.Streams[0].Select(chunk => chunk.Length));
        Assert.Equal([7, 5], service.Audience.Streams[1].Select(chunk => chunk.Length));
    }

    [Theory]
    [InlineData(1_000, 20)]
    [InlineData(1, 5_000)]
    public async Task A_chunk_fits_a_message_however_long_its_lines_are(int length, int count)
    {
        await using var service = await StartAsync();
        service.Script.Info.MaxMessageBytes = 8_192;

        await Tool.RunAsync($"{Screen} --chunk 10000", service.Address, string.Concat(Enumerable.Repeat(new string('x', length) + "\n", count)));

        Assert.Equal(count, service.Audience.Streams.Single().Sum(chunk => chunk.Length));
        Assert.All(service.Audience.Streams.Single(), chunk => Assert.InRange(chunk.Sum(id => id.Length + 4), 1, 8_192));
    }

    [Fact]
    public async Task A_line_that_can_be_no_id_is_named()
    {
        await using var service = await StartAsync();

        var run = await Tool.RunAsync(Screen, service.Address, $"M1\n{new string('x', 1_025)}\n");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("Line 2 of - is longer than 1024 bytes: one id per line is allowed.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_than_8_chunks_are_unanswered_at_once()
    {
        await using var service = await StartAsync();
        var held = new TaskCompletionSource();
        service.Audience.Before = (message, _) => message.Verdicts is null ? Task.CompletedTask : held.Task;
        var list = new CountingStream(Ids(1, 200_000));

        var running = Tool.RunAsync($"{Screen} --chunk 100", service.Address, adapt: host => host with { OpenInput = () => list });
        await WaitUntilAsync(() => list.Taken > 0 && list.IsQuiet(TimeSpan.FromSeconds(1)));

        Assert.InRange(list.Taken, 1, 2 * 64 * 1024);
        held.SetResult();
        Assert.Equal(0, (await running).ExitCode);
    }

    [Fact]
    public async Task A_list_that_is_still_being_written_is_waited_for_without_a_stream()
    {
        using var folder = new Folder();
        await using var service = await StartAsync();
        var pipe = new System.IO.Pipelines.Pipe();
        var ended = new TaskCompletionSource();
        service.Audience.Before = (message, _) =>
        {
            if (message.Summary is not null)
            {
                ended.TrySetResult();
            }

            return Task.CompletedTask;
        };
        await pipe.Writer.WriteAsync("M1\nM2\n"u8.ToArray());

        var running = Tool.RunAsync(
            $"{Screen} {Outputs(folder)} --chunk 1 {Long}", service.Address, adapt: host => Fast(host) with { OpenInput = () => pipe.Reader.AsStream() });
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await pipe.Writer.WriteAsync("M3\n"u8.ToArray());
        await pipe.Writer.CompleteAsync();
        var run = await running;

        Assert.Equal((0, "M1\nM2\nM3\n"), (run.ExitCode, folder.Read("allowed.txt")));
        Assert.Equal([["M1"], ["M2"], ["M3"]], service.Audience.Streams.SelectMany(stream => stream));
        Assert.InRange(service.Audience.Streams.Count, 2, 3);
    }

    [Theory]
    [InlineData(200, @"^\[##############################\] 100 %  1,000  [0-9,]+/s  0:00 left  900 allowed  100 refused$")]
    [InlineData(70, @"^\[#{5,16}\] 100 %  1,000  [0-9,]+/s  0:00 left  900 allowed  100 refused$")]
    [InlineData(56, @"^100 %  1,000  [0-9,]+/s  0:00 left  900 allowed  10?0?")]
    public async Task A_terminal_shows_how_far_it_is_and_is_left_clean(int width, string line)
    {
        using var folder = new Folder();
        await using var service = await StartAsync();
        var list = folder.Write("list.txt", Ids(1, 1000));

        var run = await Tool.RunAsync(
            $"{Screen} {list} --lang en {Outputs(folder)}", service.Address, adapt: host => host with { ShowsProgress = true, Width = () => width });

        var shown = run.Error.Split('\r');
        Assert.Matches(line, shown[1]);
        Assert.Equal(new string(' ', shown[1].Length), shown[^2]);
        Assert.StartsWith("Judged 1,000 members", shown[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_narrow_Japanese_terminal_the_line_does_not_wrap()
    {
        using var folder = new Folder();
        await using var service = await StartAsync();

        var run = await Tool.RunAsync(
            $"{Screen} --lang ja {Outputs(folder)}",
            service.Address,
            Ids(1, 1000),
            adapt: static host => host with { ShowsProgress = true, Width = static () => 10 });

        Assert.Equal("1,000名  ", run.Error.Split('\r')[1]);
    }

    [Theory]
    [InlineData("screen list.txt", "Give --purpose, or --recipient for a disclosure.")]
    [InlineData("screen list.txt --purpose 1 --item name", "--item belongs to a disclosure: give --recipient too.")]
    [InlineData("screen list.txt --purpose 1 --json", "--json needs --allowed: else the allowed ids take standard output.")]
    [InlineData("screen list.txt --purpose 1 --state S", "--state needs --allowed: else the allowed ids take standard output.")]
    [InlineData("screen list.txt --purpose 1 --allowed ./list.txt", "The list, --allowed, --refused, --state and --position-file must be different files.")]
    [InlineData("screen list.txt --purpose 1 --allowed a --refused a", "must be different files.")]
    [InlineData("screen list.txt --purpose 1 --chunk 0", "--chunk must be from 1 to 10000.")]
    [InlineData("screen list.txt --purpose 1 --retry-seconds -1", "--retry-seconds must be from 0 to 86400 seconds.")]
    public async Task Bad_use_is_named_and_ends_with_2(string commandLine, string sentence)
    {
        var run = await Tool.RunAsync(commandLine);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_is_not_there_is_named_and_no_output_is_touched()
    {
        using var folder = new Folder();
        await using var service = await StartAsync();
        folder.Write("allowed.txt", "M9\n");

        var run = await Tool.RunAsync($"{Screen} {folder["list.txt"]} {Outputs(folder)}", service.Address);

        Assert.Equal((2, "M9\n"), (run.ExitCode, folder.Read("allowed.txt")));
        Assert.Contains("list.txt", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_question_is_the_sentence_of_the_service_and_ends_with_2()
    {
        await using var service = await StartAsync();
        service.Audience.ScreenError = new RpcException(new Status(StatusCode.InvalidArgument, "channel is missing: required for purpose 3"));

        var run = await Tool.RunAsync(Screen, service.Address, "M1\n");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("channel is missing: required for purpose 3. ", run.Error, StringComparison.Ordinal);
    }

    internal static async Task<FakeService> StartAsync()
    {
        var service = await FakeService.StartAsync();
        service.Audience.Judge = static (id, _) => Reasons(id);
        return service;
    }

    internal static ReasonCode[] Reasons(string id) => id.EndsWith('0') ? OptedOut : [ReasonCode.UsePermitted];

    internal static string Ids(int first, int count) => string.Concat(Enumerable.Range(first, count).Select(id => $"M{id}\n"));

    internal static string Outputs(Folder folder) => $"--allowed {folder["allowed.txt"]} --refused {folder["refused.tsv"]}";

    /// <summary>Pauses are short then, and so are limits: give long ones.</summary>
    internal static CliHost Fast(CliHost host) => host with { Clock = new FastClock() };

    internal static async Task WaitUntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private static async Task<string> SummaryAsync(string options, string locale = "")
    {
        using var folder = new Folder();
        await using var service = await StartAsync();
        var environment = new Dictionary<string, string> { ["LANG"] = locale };
        return (await Tool.RunAsync($"{Screen} {options} {Outputs(folder)}", service.Address, Ids(1, 1200), environment)).Error;
    }

    /// <summary>Counts what is read of it.</summary>
    private sealed class CountingStream(string text) : MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))
    {
        private long _changed = Environment.TickCount64;

        public long Taken { get; private set; }

        public bool IsQuiet(TimeSpan time) => Environment.TickCount64 - _changed > time.TotalMilliseconds;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Read(buffer.Span);
            (Taken, _changed) = (Taken + count, Environment.TickCount64);
            return ValueTask.FromResult(count);
        }
    }
}
