using System.Text.Json.Nodes;

namespace Belong.ConsentService.Cli.Tests;

/// <summary>The process of a screening is ended from outside.</summary>
public class ScreenKillTests
{
    private const int Members = 4_000;
    private const int Kills = 4;

    [Fact]
    public async Task Killed_again_and_again_it_goes_on_after_what_was_answered_without_a_gap()
    {
        using var folder = new Folder();
        await using var service = await StartSlowAsync();
        var command = Command(folder);

        for (var kill = 0; kill < Kills; kill++)
        {
            var judged = Judged(folder);
            using var process = new ConsentCtlProcess(command, service.Address);
            await ScreenCommandTests.WaitUntilAsync(() => Judged(folder) > judged || process.HasExited);
            await Task.Delay(Random.Shared.Next(50));
            Assert.False(process.HasExited);
            await process.KillAsync();
            await ScreenCommandTests.WaitUntilAsync(() => service.Audience.Streams.Count > kill);
            if (kill > 0)
            {
                Assert.Equal($"M{judged + 1}", service.Audience.Streams[kill][0][0]);
            }
        }

        var (last, streams) = (Judged(folder), service.Audience.Streams.Count);
        using var whole = new ConsentCtlProcess(command, service.Address);
        var run = await whole.EndAsync();

        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Equal($"M{last + 1}", service.Audience.Streams[streams][0][0]);
        AssertWhole(folder);
        Assert.InRange(service.Audience.Answered.Values.Sum(), Members, Members + (Kills * 10 * 9));
    }

    [Fact]
    public async Task Told_to_end_it_ends_with_130_and_takes_what_was_asked()
    {
        using var folder = new Folder();
        await using var service = await StartSlowAsync();

        using var process = new ConsentCtlProcess(Command(folder), service.Address);
        await ScreenCommandTests.WaitUntilAsync(() => Judged(folder) > 0 || process.HasExited);
        process.Terminate();
        var first = await process.EndAsync();
        var judged = Judged(folder);
        using var whole = new ConsentCtlProcess(Command(folder), service.Address);
        var second = await whole.EndAsync();

        Assert.Equal((130, 0), (first.ExitCode, second.ExitCode));
        Assert.Equal($"Interrupted. {judged:N0} members are judged and kept: the same command goes on after them.\n", first.Error);
        AssertWhole(folder);
        Assert.Equal(Members, service.Audience.Answered.Values.Sum());
    }

    private static async Task<FakeService> StartSlowAsync()
    {
        var service = await ScreenCommandTests.StartAsync();
        service.Audience.Before = static (_, call) => Task.Delay(3, call);
        return service;
    }

    private static string Command(Folder folder) =>
        $"screen {folder.Write("list.txt", ScreenCommandTests.Ids(1, Members))} --purpose 3 --channel postal --chunk 10 {ScreenCommandTests.Outputs(folder)}";

    private static int Judged(Folder folder) =>
        File.Exists(folder["allowed.txt.screen"]) ? JsonNode.Parse(folder.Read("allowed.txt.screen"))!["Input"]!["Lines"]!.GetValue<int>() : 0;

    private static void AssertWhole(Folder folder)
    {
        Assert.Equal(Enumerable.Range(1, Members).Where(id => id % 10 != 0).Select(id => $"M{id}"), folder.Lines("allowed.txt"));
        Assert.Equal(Members / 10, folder.Lines("refused.tsv").Length);
        Assert.Equal(["allowed.txt", "allowed.txt.position", "list.txt", "refused.tsv"], folder.Names);
    }
}
