using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Cli.Tests;

public class ImportCommandTests
{
    private const string Import = "import - --actor desk --key-id K-1";
    private const string Good = """{"memberId":"M1","changes":[{"registration":{"acquiredPolicyVersion":"v1"}}]}""";

    [Fact]
    public async Task Each_line_is_sent_with_its_number_and_blank_ones_are_passed_over()
    {
        await using var service = await FakeService.StartAsync();

        var run = await Tool.RunAsync(Import, service.Address, $"{Good}\n\n{Good.Replace("M1", "M2", StringComparison.Ordinal)}\n");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.StartsWith("Imported: 2 members, 0 skipped\n", run.Output, StringComparison.Ordinal);
        var sent = service.Script.Requests.Cast<ImportMembersRequest>().ToList();
        Assert.Equal("K-1", sent[0].Header.Context.IdempotencyKey);
        Assert.False(sent[0].Header.SkipInvalid);
        Assert.Equal([("M1", 1L), ("M2", 3L)], sent[1..].Select(message => (message.Member.MemberId, message.Member.Line)));
    }

    [Theory]
    [InlineData("""{"memberId":"M2",""")]
    [InlineData("""{"member":"M2"}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("M2")]
    public async Task A_broken_line_is_named_and_nothing_is_imported(string broken)
    {
        await using var service = await FakeService.StartAsync();

        var run = await Tool.RunAsync(Import, service.Address, $"{Good}\n{broken}\n{Good}\n");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("Line 2 of - is not a member in proto JSON: ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("Nothing was imported.\n", run.Error, StringComparison.Ordinal);
        Assert.False(service.Script.ImportCompleted);
    }

    [Fact]
    public async Task On_request_broken_lines_are_left_out_and_listed()
    {
        await using var service = await FakeService.StartAsync();

        var run = await Tool.RunAsync($"{Import} --skip-invalid", service.Address, $"{Good}\nbroken\n");

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("Imported: 1 members, 1 skipped\n  line 2: The line is not a member in proto JSON: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_in_the_middle_of_a_large_file_is_the_sentence_of_the_service()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Error = new RpcException(new Status(StatusCode.AlreadyExists, "line 1: member M1 is registered already"));

        var run = await Tool.RunAsync(Import, service.Address, string.Join('\n', Enumerable.Repeat(Good, 20_000)));

        Assert.Equal((2, "line 1: member M1 is registered already\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        var run = await Tool.RunAsync("import /no/such/file --actor desk");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("/no/such/file", run.Error, StringComparison.Ordinal);
    }
}
