using System.Text.Json.Nodes;
using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Cli.Tests;

/// <summary>Screenings that are interrupted in every way and at every point.</summary>
public class ScreenResumeTests
{
    private const int Members = 50;
    private const string Screen = "screen --purpose 3 --channel postal";
    private const string Long = "--retry-seconds 6000 --timeout 6000";
    private const string GoesOn = "members are judged and kept: the same command goes on after them.\n";

    public static TheoryData<int, bool> Points
    {
        get
        {
            var points = new TheoryData<int, bool>();
            for (var verdicts = 0; verdicts <= 5; verdicts++)
            {
                points.Add(verdicts, true);
                points.Add(verdicts, false);
            }

            return points;
        }
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task After_a_lost_connection_the_same_command_goes_on_after_what_was_answered(int verdicts, bool fromFile)
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.Cuts.Enqueue(verdicts);
        var (command, input) = Command(folder, fromFile);

        var first = await Tool.RunAsync($"{command} --retry-seconds 0", service.Address, input);
        var judged = Judged(folder);
        var second = await Tool.RunAsync(command, service.Address, input);

        Assert.Equal((1, 0), (first.ExitCode, second.ExitCode));
        Assert.EndsWith(judged > 0 ? $" {judged} {GoesOn}" : " The list was not judged to its end.\n", first.Error, StringComparison.Ordinal);
        Assert.Equal(judged < Members ? $"M{judged + 1}" : null, service.Audience.Streams[1].FirstOrDefault()?[0]);
        AssertWhole(folder, second);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(15)]
    [InlineData(20)]
    [InlineData(24)]
    public async Task An_interruption_still_takes_what_was_asked_and_goes_on_after_it(int verdicts)
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        using var interruption = new CancellationTokenSource();
        service.Audience.Before = async (message, _) => await (message.Verdicts?.Chunk == verdicts ? interruption.CancelAsync() : Task.CompletedTask);
        var (command, input) = Command(folder, fromFile: true, chunk: "--chunk 2");

        var first = await Tool.RunAsync(command, service.Address, input, cancellation: interruption.Token);
        var (judged, asked) = (Judged(folder), service.Audience.Streams[0].Sum(chunk => chunk.Length));
        if (first.ExitCode == 0)
        {
            Assert.InRange(verdicts, 25 - 9, 25);
            AssertWhole(folder, first);
            return;
        }

        var second = await Tool.RunAsync(command, service.Address, input);
        Assert.Equal((130, asked, $"Interrupted. {asked} {GoesOn}"), (first.ExitCode, judged, first.Error));
        Assert.All(service.Audience.Answered, answered => Assert.Equal(1, answered.Value));
        AssertWhole(folder, second);
    }

    [Fact]
    public async Task An_interruption_before_the_first_answer_leaves_nothing_in_the_way()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        using var interruption = new CancellationTokenSource();
        service.Audience.Before = async (message, _) => await (message.Start is null ? Task.CompletedTask : interruption.CancelAsync());
        var (command, input) = Command(folder, fromFile: false);

        var first = await Tool.RunAsync(command, service.Address, input, cancellation: interruption.Token);

        Assert.Equal(130, first.ExitCode);
        AssertWhole(folder, await Tool.RunAsync(command, service.Address, input));
    }

    [Fact]
    public async Task An_interruption_does_not_wait_for_a_service_that_hangs()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        using var interruption = new CancellationTokenSource();
        service.Audience.Oblige = static id => id == "M1" ? Obligation.SendOnlyPermittedItems : Obligation.RecheckAtSend;
        service.Audience.Before = async (message, call) =>
        {
            if (message.Verdicts?.Chunk == 2)
            {
                await interruption.CancelAsync();
                await Task.Delay(Timeout.Infinite, call);
            }
        };
        var (command, input) = Command(folder, fromFile: true);

        var first = await Tool.RunAsync(command, service.Address, input, cancellation: interruption.Token);
        service.Audience.Before = static (_, _) => Task.CompletedTask;
        var second = await Tool.RunAsync(command, service.Address, input);

        Assert.Equal((130, $"Interrupted. 20 {GoesOn}"), (first.ExitCode, first.Error));
        Assert.Equal("M21", service.Audience.Streams[1][0][0]);
        AssertWhole(folder, second);
        Assert.Contains("  obligations  RECHECK_AT_SEND, SEND_ONLY_PERMITTED_ITEMS\n", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interruption_does_not_wait_for_an_input_that_hangs()
    {
        await using var service = await ScreenCommandTests.StartAsync();
        using var interruption = new CancellationTokenSource(TimeSpan.FromSeconds(1));

        var run = await Tool.RunAsync(
            Screen, service.Address, adapt: static host => host with { OpenInput = () => new EndlessStream() }, cancellation: interruption.Token);

        Assert.Equal((130, "Interrupted. The list was not judged to its end.\n", ""), (run.ExitCode, run.Error, run.Output));
    }

    [Fact]
    public async Task Lost_connections_are_made_up_for_in_the_same_run()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        Array.ForEach([1, 0, 2, 0, 0], service.Audience.Cuts.Enqueue);
        var (command, input) = Command(folder, fromFile: false);

        var run = await Tool.RunAsync($"{command} {Long}", service.Address, input, adapt: ScreenCommandTests.Fast);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.InRange(service.Audience.Streams.Count, 6, 8);
        AssertWhole(folder, run);
        Assert.Matches("position     P[1-6]  [(]of the first of [2-6] streams: it covers all of them[)]\n", run.Error);
    }

    [Fact]
    public async Task Standard_output_has_no_gap_and_nothing_twice_after_lost_connections()
    {
        await using var service = await ScreenCommandTests.StartAsync();
        Array.ForEach([1, 0, 2], service.Audience.Cuts.Enqueue);

        var run = await Tool.RunAsync($"{Screen} --chunk 10 {Long}", service.Address, ScreenCommandTests.Ids(1, Members), adapt: ScreenCommandTests.Fast);

        Assert.Equal((0, string.Join('\n', Allowed()) + "\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task A_service_that_stays_away_is_given_up()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var verdicts = 0;
        service.Audience.Before = (message, _) => message.Verdicts is not null && ++verdicts > 2 ? throw GoingAway() : Task.CompletedTask;
        var (command, input) = Command(folder, fromFile: true);

        var run = await Tool.RunAsync($"{command} --timeout 6000", service.Address, input, adapt: ScreenCommandTests.Fast);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal($"going away. 20 {GoesOn}", run.Error);
        Assert.InRange(service.Audience.Streams.Count, 5, 30);
    }

    [Fact]
    public async Task A_service_that_answers_in_between_is_not()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.Before = static (message, _) => message.Verdicts?.Chunk == 1 ? throw GoingAway() : Task.CompletedTask;
        var (command, input) = Command(folder, fromFile: true);

        var run = await Tool.RunAsync($"{command} --retry-seconds 1 --timeout 6000", service.Address, input, adapt: ScreenCommandTests.Fast);

        AssertWhole(folder, run);
        Assert.InRange(service.Audience.Streams.Count, 5, 6);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("verdicts")]
    [InlineData("summary")]
    public async Task A_service_that_stands_still_is_noticed(string at)
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.Before = (message, call) =>
            Task.Delay(message.PartCase.ToString().Equals(at, StringComparison.OrdinalIgnoreCase) ? Timeout.Infinite : 0, call);
        var (command, input) = Command(folder, fromFile: true);

        var run = await Tool.RunAsync($"{command} --timeout 0.5 --retry-seconds 0", service.Address, input);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("The service stood still for 0.5 s (--timeout). ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_without_a_position_judges_nothing()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.Tamper = static message =>
        {
            if (message.Start is { } start)
            {
                start.Position = "";
            }

            return [message];
        };
        var (command, input) = Command(folder, fromFile: true);

        var run = await Tool.RunAsync($"{command} --retry-seconds 0", service.Address, input);

        Assert.Equal((1, "The service can read neither PostgreSQL nor Redis. The list was not judged to its end.\n"), (run.ExitCode, run.Error));
        Assert.Empty(service.Audience.Streams.Single());
    }

    [Fact]
    public async Task It_goes_on_from_the_first_position()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var (command, input) = await InterruptAsync(folder, service);

        AssertWhole(folder, await Tool.RunAsync(command, service.Address, input));

        Assert.Equal(["", "P1"], service.Audience.Positions);
        Assert.Equal("P1\n", folder.Read("allowed.txt.position"));
    }

    [Fact]
    public async Task A_service_that_goes_on_from_another_position_is_not_believed()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var (command, input) = await InterruptAsync(folder, service);
        service.Audience.Tamper = static message =>
        {
            if (message.Start is { } start)
            {
                start.Position = "P2";
            }

            return [message];
        };

        var run = await Tool.RunAsync(command, service.Address, input);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("The service contradicts itself: the start has another position than the list was begun with.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_no_facts_include_it_it_is_asked_again()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var (command, input) = await InterruptAsync(folder, service);
        service.Audience.Refusals.Enqueue(new RpcException(new Status(StatusCode.Unavailable, "position names facts that are not in what can be read now")));

        AssertWhole(folder, await Tool.RunAsync(command, service.Address, input));

        Assert.Equal(["", "P1", "P1"], service.Audience.Positions);
    }

    [Fact]
    public async Task Blank_lines_are_counted_before_an_interruption_and_after_the_last_id()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.Cuts.Enqueue(2);
        var (command, _) = Command(folder, fromFile: true);
        folder.Write("list.txt", "\n \n" + ScreenCommandTests.Ids(1, Members) + "\n");

        await Tool.RunAsync($"{command} --retry-seconds 0", service.Address);
        var run = await Tool.RunAsync(command, service.Address);

        AssertWhole(folder, run);
        Assert.EndsWith("  blank lines  3\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_again_before_an_answer_it_still_tells_what_is_kept()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var (command, input) = await InterruptAsync(folder, service);
        service.Audience.Cuts.Enqueue(0);

        var run = await Tool.RunAsync($"{command} --retry-seconds 0", service.Address, input);

        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith($" 20 {GoesOn}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_it_is_not_the_whole_list_must_be_screened_anew()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var (command, input) = await InterruptAsync(folder, service);
        service.Audience.Refusals.Enqueue(AudienceScript.TooOld());

        var run = await Tool.RunAsync(command, service.Address, input);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "What changed since the screening was begun cannot be told any more: position is too old to watch from. "
            + "Nothing that was written is to be used: screen the whole list anew.\n",
            run.Error);
        Assert.Empty(service.Audience.Streams[1]);
        Assert.DoesNotContain("allowed.txt.screen", folder.Names);
        AssertWhole(folder, await Tool.RunAsync(command, service.Address, input));
    }

    [Fact]
    public async Task When_PostgreSQL_was_put_back_the_whole_list_must_be_screened_anew()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.ScreenError = AudienceScript.Restored();
        var (command, input) = Command(folder, fromFile: true);

        var run = await Tool.RunAsync(command, service.Address, input);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "PostgreSQL was put back to an earlier time. Nothing that was written is to be used: screen the whole list anew.\n", run.Error);
        Assert.Single(service.Audience.Streams);
        Assert.DoesNotContain("allowed.txt.screen", folder.Names);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Those_who_are_asked_again_are_not_lost_or_asked_twice_by_an_interruption(int verdicts)
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.Judge = static (id, asked) => asked == 1 ? [ReasonCode.FactsStale] : ScreenCommandTests.Reasons(id);
        service.Audience.Cuts.Enqueue(int.MaxValue);
        service.Audience.Cuts.Enqueue(verdicts);
        var (command, input) = Command(folder, fromFile: true);

        var first = await Tool.RunAsync($"{command} --retry-seconds 0", service.Address, input);
        var judged = JsonNode.Parse(folder.Read("allowed.txt.screen"))!["AgainBytes"]!.GetValue<int>();
        var next = folder.Read("allowed.txt.screen.again")[judged..].Split('\n')[0];
        var second = await Tool.RunAsync(command, service.Address, input);

        Assert.Equal((1, 0), (first.ExitCode, second.ExitCode));
        Assert.Equal(next is "" ? null : next, service.Audience.Streams[2].FirstOrDefault()?[0]);
        AssertWhole(folder, second);
    }

    [Fact]
    public async Task What_was_written_after_the_state_is_cut_off()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var (command, input) = await InterruptAsync(folder, service);
        File.AppendAllText(folder["allowed.txt"], "M21\nM2");
        File.AppendAllText(folder["refused.tsv"], "M30\tDM_OP");

        AssertWhole(folder, await Tool.RunAsync(command, service.Address, input));
    }

    [Theory]
    [InlineData("allowed.txt", "M1\n")]
    [InlineData("allowed.txt", null)]
    [InlineData("refused.tsv", "")]
    [InlineData("allowed.txt", "M1\nM2\nM3\nM4\nM5\nM6\nM7\nM8\nM9\nM11\nM12\nM13\nM14\nM15\nM16\nM17\nM18\nM99\n")]
    public async Task Outputs_that_are_not_as_they_were_left_are_not_taken_up(string name, string? text)
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var (command, input) = await InterruptAsync(folder, service);
        File.Delete(folder[name]);
        if (text is not null)
        {
            folder.Write(name, text);
        }

        var run = await Tool.RunAsync(command, service.Address, input);

        Assert.Equal(
            (2, $"{folder[name]} is not as the interrupted screening left it: put it back, or begin anew with --restart.\n"), (run.ExitCode, run.Error));
        AssertWhole(folder, await Tool.RunAsync($"{command} --restart", service.Address, input));
    }

    [Theory]
    [InlineData("M1\nM2\n")]
    [InlineData("")]
    [InlineData("X")]
    public async Task Another_list_is_not_taken_up(string list)
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var (command, input) = await InterruptAsync(folder, service);
        folder.Write("list.txt", list is "X" ? input.Replace("M20", "M2X", StringComparison.Ordinal) : list);

        var run = await Tool.RunAsync(command, service.Address, input);

        Assert.Equal(
            (2, $"{folder["list.txt"]} is not the list that {folder["allowed.txt.screen"]} is about: give that list, or begin anew with --restart.\n"),
            (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task A_list_that_grew_after_it_was_read_to_its_end_is_another_list()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.Judge = static (id, asked) => id == "M3" && asked == 1 ? [ReasonCode.FactsStale] : ScreenCommandTests.Reasons(id);
        Array.ForEach([int.MaxValue, 0], service.Audience.Cuts.Enqueue);
        var command = $"{Screen} - {ScreenCommandTests.Outputs(folder)}";

        var first = await Tool.RunAsync($"{command} --retry-seconds 0", service.Address, "M1\nM3");
        var grown = await Tool.RunAsync(command, service.Address, "M1\nM34\n");
        var same = await Tool.RunAsync(command, service.Address, "M1\nM3");

        Assert.Equal((1, 2, 0), (first.ExitCode, grown.ExitCode, same.ExitCode));
        Assert.StartsWith("- is not the list that ", grown.Error, StringComparison.Ordinal);
        Assert.Equal(["M1", "M3"], folder.Lines("allowed.txt"));
    }

    [Theory]
    [InlineData("screen --purpose 4 --channel postal", "allowed.txt.screen is about another question, ")]
    [InlineData("screen --purpose 3 --channel postal --reasons all", "allowed.txt.screen is about another question, ")]
    public async Task Another_question_is_not_taken_up(string question, string sentence)
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var (command, input) = await InterruptAsync(folder, service);

        var run = await Tool.RunAsync(command.Replace("screen --purpose 3 --channel postal", question, StringComparison.Ordinal), service.Address, input);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_screening_that_listed_the_refused_ones_goes_on_listing_them()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        await InterruptAsync(folder, service);

        var run = await Tool.RunAsync($"{Screen} {folder["list.txt"]} --allowed {folder["allowed.txt"]}", service.Address);

        Assert.Equal(
            (2, "The interrupted screening was begun with --refused: do the same, or begin anew with --restart.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task A_torn_state_is_refused_wherever_it_is_torn()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var (command, input) = await InterruptAsync(folder, service);
        var whole = folder.Read("allowed.txt.screen");

        for (var length = 0; length < whole.Length; length += 7)
        {
            folder.Write("allowed.txt.screen", whole[..length]);
            var run = await Tool.RunAsync(command, service.Address, input);
            Assert.Equal(
                (2, $"{folder["allowed.txt.screen"]} is not the state of a screening, or is damaged: begin anew with --restart.\n"),
                (run.ExitCode, run.Error));
        }

        folder.Write("allowed.txt.screen", whole);
        AssertWhole(folder, await Tool.RunAsync(command, service.Address, input));
    }

    [Theory]
    [InlineData("\"Format\":2", "\"Format\":1", "is of another version of consentctl: begin anew with --restart.")]
    [InlineData("\"Pass\":0,", "", "is not the state of a screening, or is damaged: begin anew with --restart.")]
    [InlineData(",\"Obligations\":[1]", "", "is not the state of a screening, or is damaged: begin anew with --restart.")]
    [InlineData("\"Pass\":0", "\"Pass\":0,\"Later\":1", "is not the state of a screening, or is damaged: begin anew with --restart.")]
    [InlineData(",\"HasEnded\":false", "", "is not the state of a screening, or is damaged: begin anew with --restart.")]
    [InlineData("\"Position\":\"P1\"", "\"Position\":null", "is not the state of a screening, or is damaged: begin anew with --restart.")]
    public async Task A_state_of_another_form_is_refused(string there, string instead, string sentence)
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var (command, input) = await InterruptAsync(folder, service);
        folder.Write("allowed.txt.screen", folder.Read("allowed.txt.screen").Replace(there, instead, StringComparison.Ordinal));

        var run = await Tool.RunAsync(command, service.Address, input);

        Assert.Equal((2, $"{folder["allowed.txt.screen"]} {sentence}\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task Two_screenings_do_not_write_to_the_same_file()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        var held = new TaskCompletionSource();
        service.Audience.Before = (message, _) => message.Verdicts?.Chunk == 1 ? held.Task : Task.CompletedTask;
        var (command, input) = Command(folder, fromFile: true);

        var running = Tool.RunAsync(command, service.Address, input);
        await ScreenCommandTests.WaitUntilAsync(() => File.Exists(folder["allowed.txt.screen"]));
        var other = await Tool.RunAsync(command, service.Address, input);
        held.SetResult();

        Assert.Equal(2, other.ExitCode);
        Assert.Contains("being used by another process", other.Error, StringComparison.Ordinal);
        AssertWhole(folder, await running);
    }

    [Fact]
    public async Task A_full_disk_ends_with_1_and_what_was_judged_is_kept()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        service.Audience.Before = async (message, _) =>
        {
            if (message.Verdicts?.Chunk == 3)
            {
                await ScreenCommandTests.WaitUntilAsync(() => Judged(folder) == 30);
                Directory.CreateDirectory(folder["allowed.txt.screen.tmp"]);
            }
        };
        var (command, input) = Command(folder, fromFile: true);

        var first = await Tool.RunAsync(command, service.Address, input);
        Directory.Delete(folder["allowed.txt.screen.tmp"]);
        service.Audience.Before = static (_, _) => Task.CompletedTask;
        var second = await Tool.RunAsync(command, service.Address, input);

        Assert.Equal((1, 0), (first.ExitCode, second.ExitCode));
        Assert.Contains("the same command goes on after them", first.Error, StringComparison.Ordinal);
        AssertWhole(folder, second);
    }

    [Fact]
    public async Task Without_its_position_a_screening_has_not_ended()
    {
        using var folder = new Folder();
        await using var service = await ScreenCommandTests.StartAsync();
        Directory.CreateDirectory(folder["allowed.txt.position.tmp"]);
        var (command, input) = Command(folder, fromFile: true);

        var first = await Tool.RunAsync(command, service.Address, input);
        Directory.Delete(folder["allowed.txt.position.tmp"]);
        var second = await Tool.RunAsync(command, service.Address, input);

        Assert.EndsWith($" 50 {GoesOn}", first.Error, StringComparison.Ordinal);
        Assert.Empty(service.Audience.Streams[1]);
        AssertWhole(folder, second);
    }

    private static (string Command, string Input) Command(Folder folder, bool fromFile, string chunk = "--chunk 10")
    {
        var input = ScreenCommandTests.Ids(1, Members);
        var list = fromFile ? folder.Write("list.txt", input) : "-";
        return ($"{Screen} {list} {ScreenCommandTests.Outputs(folder)} --lang en {chunk}", input);
    }

    /// <summary>A screening that was cut off after 20 members.</summary>
    private static async Task<(string Command, string Input)> InterruptAsync(Folder folder, FakeService service)
    {
        var (command, input) = Command(folder, fromFile: true);
        service.Audience.Before = static (message, _) =>
            message.Verdicts?.Chunk == 2 ? throw GoingAway() : Task.CompletedTask;
        var run = await Tool.RunAsync($"{command} --retry-seconds 0", service.Address, input);
        service.Audience.Before = static (_, _) => Task.CompletedTask;
        Assert.Equal((1, 20), (run.ExitCode, Judged(folder)));
        return (command, input);
    }

    private static RpcException GoingAway() => new(new Status(StatusCode.Unavailable, "going away"));

    private static int Judged(Folder folder) =>
        folder.Names.Contains("allowed.txt.screen") ? JsonNode.Parse(folder.Read("allowed.txt.screen"))!["Input"]!["Lines"]!.GetValue<int>() : 0;

    private static IEnumerable<string> Allowed() => Enumerable.Range(1, Members).Where(id => id % 10 != 0).Select(id => $"M{id}");

    private static void AssertWhole(Folder folder, Tool run)
    {
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(Allowed(), folder.Lines("allowed.txt"));
        Assert.Equal(["M10", "M20", "M30", "M40", "M50"], folder.Lines("refused.tsv").Select(line => line.Split('\t')[0]));
        Assert.StartsWith("Judged 50 members: 45 allowed, 5 refused. The list is complete.\n", run.Error, StringComparison.Ordinal);
        Assert.StartsWith("P", folder.Read("allowed.txt.position"), StringComparison.Ordinal);
        Assert.Equal(["allowed.txt", "allowed.txt.position", "refused.tsv"], folder.Names.Where(name => name != "list.txt"));
    }

    /// <summary>As a pipe that nobody writes to.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Thread.Sleep(Timeout.Infinite);
            return ValueTask.FromResult(0);
        }
    }
}
