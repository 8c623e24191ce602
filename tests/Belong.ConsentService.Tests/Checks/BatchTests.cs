using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;
using Channel = Belong.Consent.V1.Channel;

namespace Belong.ConsentService.Tests.Checks;

/// <summary>Many checks in one call are what they would be alone.</summary>
public sealed class BatchTests(CheckStage stage) : IClassFixture<CheckStage>
{
    private static CheckUseRequest Dm(string member) => new() { MemberId = member, Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal };

    [Fact]
    public async Task Checks_of_all_kinds_are_answered_in_order_as_if_each_were_asked_alone()
    {
        await stage.Open.RecordAsync("BT-1", Registration(), OptOut());
        await stage.Stage.WaitUntilCoveredAsync(stage.Open);
        CheckUseRequest[] uses = [Dm("M-1"), Dm("BT-1"), Dm("nobody"), new() { MemberId = "BT-1", Purposes = { Purpose.ServiceDelivery } }];
        CheckDisclosureRequest[] disclosures =
        [
            new() { MemberId = "M-1", RecipientId = "V-CARRIER", Purposes = { Purpose.ServiceDelivery }, Items = { DataItem.Name, DataItem.BirthDate } },
            new() { MemberId = "M-1", RecipientId = "V-PARTNER", RecipientPurpose = "SERVICE_LINK", Items = { DataItem.Name } },
            new() { MemberId = "M-1", RecipientId = "V-NOBODY", Purposes = { Purpose.ServiceDelivery } },
        ];
        var provision = new CheckAnonymizedProvisionRequest { Items = { DataItem.Age }, Dataset = new() { CertifiedAnonymous = true, Method = "PAPER" } };
        var request = new CheckBatchRequest();
        request.Checks.Add(uses.Select((use, i) => new BatchCheck { CorrelationId = $"use {i}", Use = use }));
        request.Checks.Add(disclosures.Select((disclosure, i) => new BatchCheck { CorrelationId = $"disclosure {i}", Disclosure = disclosure }));
        request.Checks.Add(new BatchCheck { CorrelationId = "利用", AnonymizedProvision = provision });

        var answers = (await stage.Open.Checks.CheckBatchAsync(request)).Answers;

        // Alone the miss fills the cache.
        var alone = new List<Decision>();
        foreach (var use in uses)
        {
            alone.Add((await stage.Open.Checks.CheckUseAsync(use)).Decision);
        }

        foreach (var disclosure in disclosures)
        {
            alone.Add(await stage.Open.DiscloseAsync(disclosure));
        }

        alone.Add((await stage.Open.Checks.CheckAnonymizedProvisionAsync(provision)).Decision);
        Assert.Equal(request.Checks.Select(check => check.CorrelationId), answers.Select(answer => answer.CorrelationId));
        Assert.Equal(alone.Select(Timeless), answers.Select(answer => Timeless(answer.Decision)));
        Assert.All(answers, answer => Assert.Equal(answer.CorrelationId == "use 2" ? FactsSource.Database : FactsSource.Cache, answer.Decision.Basis.Source));
        Assert.Contains(answers, answer => answer.Decision.Outcome == Outcome.AllowPartial);
    }

    [Fact]
    public async Task A_check_that_is_at_fault_fails_alone_and_names_its_field()
    {
        var request = new CheckBatchRequest
        {
            Checks =
            {
                new BatchCheck { CorrelationId = "a", Use = new() { MemberId = "M-1", Purposes = { Purpose.DirectMarketing } } },
                new BatchCheck { CorrelationId = "b", Use = Dm("M-1") },
                new BatchCheck { CorrelationId = "c" },
                new BatchCheck { CorrelationId = new string('x', 129), Use = Dm("M-1") },
                new BatchCheck { CorrelationId = "e", Use = new() { MemberId = "M-1", Purposes = { (Purpose)9 } } },
                new BatchCheck { CorrelationId = "f", Use = Token(Dm("M-1"), "no token") },
                new BatchCheck { CorrelationId = "g", Disclosure = new() { MemberId = "M-1", RecipientId = "V-CARRIER", Purposes = { Purpose.ServiceDelivery }, Options = new() { At = Time("2020-01-01T00:00:00Z") } } },
            },
        };

        var answers = (await stage.Open.Checks.CheckBatchAsync(request)).Answers;

        Assert.Equal(
            ["channel", null, "question", "correlation_id", "purposes[0]", "options.min_facts_version", "options.at"],
            answers.Select(answer => answer.Refusal?.Field));
        Assert.All(answers.Where(answer => answer.Refusal is not null), answer =>
        {
            Assert.Equal(((int)StatusCode.InvalidArgument, "REQUEST_MALFORMED"), (answer.Refusal.StatusCode, answer.Refusal.Reason));
            Assert.StartsWith(answer.Refusal.Field, answer.Refusal.Message, StringComparison.Ordinal);
        });
        Assert.Equal(Outcome.Allow, answers[1].Decision.Outcome);
    }

    [Fact]
    public async Task A_caller_without_a_grant_for_one_check_is_refused_that_one()
    {
        var request = new CheckBatchRequest
        {
            Checks = { new BatchCheck { Use = Dm("M-1") }, new BatchCheck { Use = new() { MemberId = "M-1", Purposes = { Purpose.ServiceDelivery } } } },
        };

        var answers = (await stage.Guarded.Checks.CheckBatchAsync(request, CheckStage.Key("shop-key"))).Answers;

        Assert.Equal(((int)StatusCode.PermissionDenied, "CALLER_NOT_PERMITTED"), (answers[0].Refusal.StatusCode, answers[0].Refusal.Reason));
        Assert.Contains("'shop'", answers[0].Refusal.Message, StringComparison.Ordinal);
        Assert.Equal(Outcome.Allow, answers[1].Decision.Outcome);
    }

    [Fact]
    public async Task Above_the_limit_the_batch_is_refused_with_the_number_that_is_allowed()
    {
        var limit = (await stage.Open.Checks.GetServerInfoAsync(new())).MaxBatchChecks;
        Assert.Equal(10_000, limit);
        var request = new CheckBatchRequest();
        request.Checks.Add(Enumerable.Range(0, limit).Select(i => new BatchCheck { Use = Dm($"N-{i}") }));
        Assert.Equal(limit, (await stage.Open.Checks.CheckBatchAsync(request)).Answers.Count(answer => answer.Decision.Reasons.Single() == ReasonCode.MemberUnknown));

        request.Checks.Add(new BatchCheck { Use = Dm("M-1") });
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await stage.Open.Checks.CheckBatchAsync(request));
        Assert.Equal((StatusCode.InvalidArgument, "checks is a list of 10001: at most 10000 checks are allowed in one batch"), (refused.StatusCode, refused.Status.Detail));
    }

    [Fact]
    public async Task Defaults_count_where_a_check_is_silent()
    {
        var request = new CheckBatchRequest
        {
            Defaults = new()
            {
                Purposes = { Purpose.DirectMarketing },
                Channel = Channel.Postal,
                PromotionalContent = true,
                RecipientId = "V-CARRIER",
                Items = { DataItem.Name, DataItem.BirthDate },
                Options = new() { Mode = CheckMode.Audit, At = Timestamp.FromDateTime(DateTime.UtcNow) },
            },
            Checks =
            {
                new BatchCheck { Use = new() { MemberId = "M-1" } },
                new BatchCheck { Use = new() { MemberId = "M-1", Purposes = { Purpose.ServiceDelivery }, PromotionalContent = false } },
                new BatchCheck { Use = new() { MemberId = "M-1" }, WithoutDefaults = true },
                new BatchCheck { Use = new() { MemberId = "M-1", Options = new() { Mode = CheckMode.Live } } },
                new BatchCheck { Disclosure = new() { MemberId = "M-1", Purposes = { Purpose.ServiceDelivery }, PromotionalContent = false } },
                new BatchCheck { Disclosure = new() { MemberId = "M-1", Purposes = { Purpose.ServiceDelivery }, Items = { DataItem.Name }, RecipientId = "V-NOBODY" } },
            },
        };

        var answers = (await stage.Open.Checks.CheckBatchAsync(request)).Answers;

        Assert.Equal([Purpose.DirectMarketing], answers[0].Decision.PerPurpose.Select(judged => judged.Purpose));
        Assert.Equal(request.Defaults.Options.At, answers[0].Decision.EvaluatedAt);
        Assert.Equal([Purpose.ServiceDelivery], answers[1].Decision.PerPurpose.Select(judged => judged.Purpose));
        Assert.Equal("purposes", answers[2].Refusal.Field);
        Assert.True(answers[3].Decision.EvaluatedAt.ToDateTime() > request.Defaults.Options.At.ToDateTime());
        Assert.Equal([DataItem.BirthDate], answers[4].Decision.WithheldItems.Select(withheld => withheld.Item));
        Assert.Equal([ReasonCode.VendorUnknown], answers[5].Decision.Reasons);
    }

    [Fact]
    public async Task A_past_time_and_a_demanded_write_are_judged_each_by_itself_among_the_others()
    {
        await stage.Open.RecordAsync("BT-2", Registration());
        var before = Timestamp.FromDateTime(DateTime.UtcNow);
        await Task.Delay(20);
        var token = await stage.Open.RecordAsync("BT-2", OptOut());
        var audit = Dm("BT-2");
        audit.Options = new() { Mode = CheckMode.Audit, At = before };

        var request = new CheckBatchRequest { Checks = { new BatchCheck { Use = Token(Dm("BT-2"), token) }, new BatchCheck { Use = audit }, new BatchCheck { Use = Dm("M-1") } } };
        var answers = (await stage.Open.Checks.CheckBatchAsync(request)).Answers;

        Assert.Equal([Outcome.Deny, Outcome.Allow, Outcome.Allow], answers.Select(answer => answer.Decision.Outcome));
        Assert.True(answers[0].Decision.Basis.MemberVersion >= 2);
    }

    [Fact]
    public async Task Words_come_once_for_each_reason_of_the_checks_that_ask_for_them()
    {
        var explained = Dm("nobody");
        explained.Options = new() { Explain = true };
        var request = new CheckBatchRequest { Checks = { new BatchCheck { Use = explained }, new BatchCheck { Use = explained }, new BatchCheck { Use = Dm("M-1") } } };

        var response = await stage.Open.Checks.CheckBatchAsync(request);

        Assert.Equal([ReasonCode.MemberUnknown], response.Explanations.Select(explanation => explanation.Code));
        Assert.All(response.Answers, answer => Assert.Empty(answer.Decision.Explanations));
    }

    private static CheckUseRequest Token(CheckUseRequest request, string token)
    {
        request.Options = new() { MinFactsVersion = token };
        return request;
    }

    /// <summary>An answer without what differs between two askings.</summary>
    private static Decision Timeless(Decision decision)
    {
        var copy = decision.Clone();
        copy.EvaluatedAt = null;
        copy.ValidUntil = null;
        copy.Basis.FactsAgeMs = 0;
        return copy;
    }
}
