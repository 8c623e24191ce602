using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Client.Tests;

/// <summary>Batches of any length, and a service that loses or mixes up answers.</summary>
public class BatchTests
{
    [Fact]
    public async Task A_batch_beyond_the_limit_is_cut_and_comes_back_whole_and_in_order()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        service.Script.Info.MaxBatchChecks = 100;
        var checks = Checks(1_001);

        var results = await client.CheckBatchAsync(checks);

        Assert.Equal(checks, results.Select(result => result.Check));
        Assert.Equal(11, service.Script.Requests.Count);
        Assert.All(service.Script.Requests, request => Assert.InRange(((CheckBatchRequest)request).Checks.Count, 1, 100));
        Assert.All(results, (result, i) => Assert.Equal($"M{i}", Assert.IsType<Allowed>(Assert.IsType<BatchAnswered>(result).Answer).Exercise().MemberId));
    }

    [Fact]
    public async Task A_batch_that_is_large_in_bytes_is_cut_too()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        service.Script.Info.MaxMessageBytes = 1_000;

        var results = await client.CheckBatchAsync(Checks(200));

        Assert.Equal(200, results.Count);
        Assert.All(service.Script.Requests, request => Assert.InRange(request.CalculateSize(), 1, 1_000));
    }

    [Fact]
    public async Task Answers_that_are_missing_or_mixed_up_are_none()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        Action<CheckBatchResponse>[] lies =
        [
            response => response.Answers.RemoveAt(2),
            response => response.Answers.Add(response.Answers[0].Clone()),
            response => (response.Answers[1], response.Answers[2]) = (response.Answers[2], response.Answers[1]),
        ];

        foreach (var lie in lies)
        {
            service.Script.Tamper = lie;
            await Assert.ThrowsAsync<ConsentContradictionException>(() => client.CheckBatchAsync(Checks(5)));
        }
    }

    [Fact]
    public async Task A_refusal_and_an_answer_that_is_not_known_are_told_in_their_places()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        service.Script.Tamper = response =>
        {
            response.Answers[1].Refusal = new CheckRefusal { StatusCode = 3, Reason = "REQUEST_MALFORMED", Field = "channel" };
            response.Answers[3].ClearAnswer();
        };

        var results = await client.CheckBatchAsync(Checks(5));

        Assert.Equal([true, false, true, false, true], results.Select(result => result is BatchAnswered));
        Assert.Equal("channel", Assert.IsType<BatchRefused>(results[1]).Refusal.Field);
        Assert.Equal("ANSWER_UNKNOWN", Assert.IsType<BatchRefused>(results[3]).Refusal.Reason);
    }

    [Fact]
    public async Task Checks_that_there_was_too_much_of_are_asked_again_and_no_others()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        service.Script.Tamper = response =>
        {
            service.Script.Tamper = static _ => { };
            response.Answers[1].Refusal = new CheckRefusal { StatusCode = (int)StatusCode.ResourceExhausted, Reason = "OVERLOADED", RetryAfterMs = 20 };
        };

        var results = await client.CheckBatchAsync(Checks(3));

        Assert.All(results, result => Assert.IsType<BatchAnswered>(result));
        Assert.Equal([3, 1], service.Script.Requests.Select(request => ((CheckBatchRequest)request).Checks.Count));
    }

    [Fact]
    public async Task The_items_of_the_defaults_are_what_was_asked_for()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        service.Script.Decide = () => Decisions.Allow(DataItem.Name, DataItem.Email);
        BatchCheck[] checks = [new() { Disclosure = new CheckDisclosureRequest { MemberId = "M1", RecipientId = "V1" } }];

        await Assert.ThrowsAsync<ConsentContradictionException>(() => client.CheckBatchAsync(checks, new CheckDefaults { Items = { DataItem.Name } }));
        await Assert.ThrowsAsync<ArgumentException>(() => client.CheckBatchAsync(checks, new CheckDefaults { Options = new CheckOptions { Mode = CheckMode.Audit } }));
    }

    private static BatchCheck[] Checks(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new BatchCheck { CorrelationId = $"C{i}", Use = Decisions.Use($"M{i}") })];
}
