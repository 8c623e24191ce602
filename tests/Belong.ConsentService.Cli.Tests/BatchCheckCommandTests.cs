using System.Text.Json.Nodes;
using Belong.Consent.V1;

namespace Belong.ConsentService.Cli.Tests;

public class BatchCheckCommandTests
{
    private static string Line(int id) =>
        """{"correlationId":"C1","use":{"memberId":"M1","purposes":["PURPOSE_SERVICE_DELIVERY"]}}""".Replace("1", $"{id}", StringComparison.Ordinal) + "\n";

    [Fact]
    public async Task Checks_are_asked_in_batches_that_the_service_takes_and_answered_in_order()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Decision = Examples.Allow();
        service.Script.Info.MaxBatchChecks = 4;

        var run = await Tool.RunAsync("check batch -", service.Address, string.Concat(Enumerable.Range(1, 9).Select(Line)) + "\n");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var answers = run.Output.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(Enumerable.Range(1, 9).Select(id => $"C{id}"), answers.Select(answer => (string?)answer["correlationId"]));
        Assert.All(answers, answer => Assert.Equal("OUTCOME_ALLOW", (string?)answer["decision"]!["outcome"]));
        Assert.Equal([4, 4, 1], service.Script.Requests.OfType<CheckBatchRequest>().Select(batch => batch.Checks.Count));
        Assert.Equal("M9", service.Script.Requests.OfType<CheckBatchRequest>().Last().Checks.Single().Use.MemberId);
    }

    [Fact]
    public async Task A_batch_fits_a_message()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Info.MaxMessageBytes = 100;

        var run = await Tool.RunAsync("check batch -", service.Address, string.Concat(Enumerable.Range(1, 9).Select(Line)));

        Assert.Equal(0, run.ExitCode);
        Assert.All(service.Script.Requests.OfType<CheckBatchRequest>(), batch => Assert.InRange(batch.CalculateSize(), 1, 100));
    }

    [Fact]
    public async Task A_broken_line_is_named()
    {
        await using var service = await FakeService.StartAsync();

        var run = await Tool.RunAsync("check batch -", service.Address, Line(1) + "{\n");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("Line 2 of - is not a check in proto JSON: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_that_are_too_few_are_none()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.AnswersLeftOut = 1;

        var run = await Tool.RunAsync("check batch -", service.Address, Line(1) + Line(2));

        Assert.Equal((1, "The service contradicts itself: 1 answers to 2 checks.\n", ""), (run.ExitCode, run.Error, run.Output));
    }
}
