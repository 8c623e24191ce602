using System.Diagnostics;
using System.Text.RegularExpressions;
using Belong.ConsentService.Tests.Access;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Http;

/// <summary>The commands of README.md that ask by curl, as they stand there.</summary>
public sealed partial class ReadmeTests(AccessStage stage) : IClassFixture<AccessStage>
{
    [Fact]
    public async Task A_check_a_batch_and_a_record_by_curl_work_as_printed()
    {
        var instance = await stage.StartAsync(settings => settings.Listen.HttpPort = 0);
        foreach (var member in new[] { "M0000001", "M0000002", "M0000003" })
        {
            await instance.RecordAsync(member, Registration());
        }

        await stage.Stage.WaitUntilCoveredAsync(instance);
        var commands = await ReadCommandsAsync();
        Assert.Equal(4, commands.Count);
        var address = JsonClient.AddressOf(instance).ToString().TrimEnd('/');
        Assert.Contains("\"outcome\":\"OUTCOME_ALLOW\"", await RunAsync(commands[0], address), StringComparison.Ordinal);
        var batch = await RunAsync(commands[1], address);
        Assert.Equal(2, Outcome().Count(batch));
        Assert.Contains("\"memberVersion\":\"2\"", await RunAsync(commands[2], address), StringComparison.Ordinal);
        await Waiting.UntilAsync(async () => (await RunAsync(commands[3], address)).Contains("\"outcome\":\"OUTCOME_DENY\",\"reasons\":[\"REASON_CODE_DM_OPTED_OUT\"]", StringComparison.Ordinal));
        Assert.Contains("\"replayed\":true", await RunAsync(commands[2], address), StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> ReadCommandsAsync()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(FindTop(), "README.md"));
        var block = Block().Matches(readme).Select(match => match.Groups[1].Value).Single(text => text.StartsWith("curl ", StringComparison.Ordinal));
        return [.. Command().Split(block).Where(command => command.Length > 0)];
    }

    private static string FindTop()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Belong.ConsentService.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    private static async Task<string> RunAsync(string command, string address)
    {
        var asked = command.Replace("http://127.0.0.1:5082", address, StringComparison.Ordinal);
        Assert.NotEqual(command, asked);
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", asked]) { RedirectStandardOutput = true })!;
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
        return output;
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^(?=curl )", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex("\"outcome\":\"OUTCOME_ALLOW\"")]
    private static partial Regex Outcome();
}
