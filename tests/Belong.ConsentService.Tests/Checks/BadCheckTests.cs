using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Channel = Belong.Consent.V1.Channel;

namespace Belong.ConsentService.Tests.Checks;

/// <summary>What cannot be judged is refused, by a sentence that names field, value and what is allowed.</summary>
public sealed class BadCheckTests(CheckStage stage) : IClassFixture<CheckStage>
{
    private static readonly string Overlong = new('x', 65);
    private static readonly string LongText = new('x', 2_001);

    [Fact]
    public async Task A_use_that_cannot_be_judged_is_refused() => await AssertRefusedAsync(
        new(Use(use => use.MemberId = ""), "member_id", "missing"),
        new(Use(use => use.MemberId = Overlong), "member_id", "(65 bytes): 1 to 64 bytes of printable ASCII are allowed"),
        new(Use(use => use.MemberId = "a\nb"), "member_id", "'a?b'"),
        new(Use(use => use.MemberId = "会員"), "member_id", "'会員' (6 bytes)"),
        new(Use(use => use.MemberId = "a\u007f"), "member_id", "'a?'"),
        new(Use(use => use.Purposes.Clear()), "purposes", "missing"),
        new(Use(use => use.Purposes.Add((Purpose)0)), "purposes[1]", "0: 1 to 8"),
        new(Use(use => use.Purposes.Add((Purpose)9)), "purposes[1]", "9"),
        new(Use(use => use.Purposes.Add((Purpose)(-1))), "purposes[1]", "-1"),
        new(Use(use => use.Purposes.Add((Purpose)int.MaxValue)), "purposes[1]", "2147483647"),
        new(Use(use => use.Purposes.Add((Purpose)(256 + 1))), "purposes[1]", "257"),
        new(Use(use => use.Purposes.AddRange(Enumerable.Repeat(Purpose.Analysis, 1_000))), "purposes", "a list of 1001: at most 100"),
        new(Use(use => use.Channel = Channel.Unspecified), "channel", "0: 1 (POSTAL)"),
        new(Use(use => use.Channel = (Channel)6), "channel", "6"),
        new(Use(use => use.Channel = (Channel)(256 + 2)), "channel", "258"),
        new(Use(use => use.Purposes.Add(Purpose.Survey)), "channel", "missing"),
        new(Use(use => use.PromotionalContent = true), "channel", "missing"),
        new(Use(use => use.ObligationRef = Overlong), "obligation_ref", "(65 bytes)"),
        new(Use(use => use.InquiryRef = "\u0000"), "inquiry_ref", "'?'"),
        new(Use(use => use.DeterminationRef = "\t"), "determination_ref", "'?'"),
        new(Use(use => use.Items.Add((DataItem)0)), "items[0]", "0: a data item of 1 (NAME) to 14"),
        new(Use(use => use.Items.Add((DataItem)15)), "items[0]", "15"),
        new(Use(use => use.Items.AddRange(Enumerable.Repeat(DataItem.Name, 1_000))), "items", "a list of 1000: at most 100"));

    [Fact]
    public async Task A_time_that_cannot_be_judged_is_refused() => await AssertRefusedAsync(
        new(Use(use => use.Options = new CheckOptions { Mode = CheckMode.Unspecified }), "options.mode", "0: 1 (LIVE) or 2 (AUDIT)"),
        new(Use(use => use.Options = new CheckOptions { Mode = (CheckMode)3 }), "options.mode", "3"),
        new(Use(use => use.Options = At(1_700_000_000)), "options.at", "2023-11-14T22:13:20Z: a LIVE check is judged now"),
        new(Use(use => use.Options = new CheckOptions { Mode = CheckMode.Audit }), "options.at", "missing"),
        new(Use(use => use.Options = Audit(DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds())), "options.at", "not in the future; now is"),
        new(Use(use => use.Options = Audit(long.MaxValue)), "options.at", "9223372036854775807 s"),
        new(Use(use => use.Options = Audit(long.MinValue)), "options.at", "-9223372036854775808 s"),
        new(Use(use => use.Options = Audit(1, -1)), "options.at", "1 s -1 ns"),
        new(Use(use => use.Options = Audit(1, 1_000_000_000)), "options.at", "1000000000 ns"),
        new(Use(use => use.Options = Token("x")), "options.min_facts_version", "'x': a token that a write of ConsentRegistry returned"),
        new(Use(use => use.Options = Token(new string('A', 44))), "options.min_facts_version", "a token that a write"),
        new(Use(use => use.Options = Token(new string('y', 100_000))), "options.min_facts_version", "…'"));

    [Fact]
    public async Task A_disclosure_that_cannot_be_judged_is_refused() => await AssertRefusedAsync(
        new(Disclose(ask => ask.Capacity = Capacity.Unspecified), "capacity", "0: 1 (CONTRACTOR) or 2 (THIRD_PARTY)"),
        new(Disclose(ask => ask.Capacity = (Capacity)3), "capacity", "3"),
        new(Disclose(ask => ask.RecipientId = ""), "recipient_id", "missing"),
        new(Disclose(ask => ask.RecipientId = Overlong), "recipient_id", "(65 bytes)"),
        new(Disclose(ask => ask.RecipientId = "V\u0085"), "recipient_id", "'V?'"),
        new(Disclose(ask => ask.RecipientPurpose = Overlong), "recipient_purpose", "(65 bytes)"),
        new(Disclose(ask => ask.RecipientPurpose = ""), "recipient_purpose", "missing"),
        new(Disclose(ask => ask.Items.Clear()), "items", "missing"),
        new(Disclose(ask => { ask.Capacity = Capacity.Contractor; ask.Purposes.Clear(); }), "purposes", "missing"),
        new(Disclose(ask => { ask.Capacity = Capacity.Contractor; ask.Purposes.Add(Purpose.ServiceDelivery); ask.ExceptionClaim = new ExceptionClaim { Item = 4 }; }), "exception_claim", "given (item 4)"),
        new(Disclose(ask => { ask.RecipientId = "V-DUAL"; ask.ClearCapacity(); }), "capacity", "'V-DUAL' is registered as both"));

    [Fact]
    public async Task A_claim_with_overlong_texts_or_times_out_of_range_is_refused() => await AssertRefusedAsync(
        [.. ExceptionClaim.Descriptor.Fields.InDeclarationOrder()
            .Where(field => field.FieldType == Google.Protobuf.Reflection.FieldType.String)
            .Select(field => new Bad(Claim(claim => field.Accessor.SetValue(claim, LongText)), $"exception_claim.{field.Name}", "(2001 bytes): at most 2,000 bytes")),
        new(Claim(claim => claim.NecessityStatement = new string('漢', 667)), "exception_claim.necessity_statement", "(2001 bytes)"),
        new(Claim(claim => claim.IssuedAt = new Timestamp { Seconds = -99_999_999_999 }), "exception_claim.issued_at", "-99999999999 s"),
        new(Claim(claim => claim.ValidUntil = new Timestamp { Seconds = 99_999_999_999 }), "exception_claim.valid_until", "99999999999 s"),
        new(Disclose(ask => { ask.ExceptionClaim = new ExceptionClaim(); ask.RecipientId = LongText; }), "recipient_id", "(2001 bytes)")]);

    [Fact]
    public async Task A_provision_that_cannot_be_judged_is_refused() => await AssertRefusedAsync(
        new(Provide(ask => ask.Purposes.Add((Purpose)9)), "purposes[0]", "9"),
        new(Provide(ask => ask.Channel = Channel.Unspecified), "channel", "0"),
        new(Provide(ask => ask.Items.Add((DataItem)(-5))), "items[0]", "-5"),
        new(Provide(ask => ask.RecipientId = LongText), "recipient_id", "(2001 bytes)"),
        new(Provide(ask => ask.Dataset = new Dataset { Id = LongText }), "dataset.id", "(2001 bytes)"),
        new(Provide(ask => ask.Dataset = new Dataset { Method = LongText }), "dataset.method", "(2001 bytes)"),
        new(Provide(ask => ask.Options = new CheckOptions { Mode = (CheckMode)77 }), "options.mode", "77"));

    [Fact]
    public async Task What_lies_at_the_bounds_is_judged()
    {
        var decision = (await stage.Open.Checks.CheckUseAsync(new CheckUseRequest
        {
            MemberId = new string('~', 64),
            Purposes = { Enumerable.Repeat(Purpose.ServiceDelivery, 100) },
            Items = { Enumerable.Repeat(DataItem.CookieId, 100) },
            Options = Audit(-2_208_988_800),
        })).Decision;
        Assert.Equal([ReasonCode.PolicyVersionUnknown], decision.Reasons);
    }

    private static CheckOptions At(long seconds, int nanos = 0) => new() { At = new Timestamp { Seconds = seconds, Nanos = nanos } };

    private static CheckOptions Token(string token) => new() { MinFactsVersion = token };

    private static CheckOptions Audit(long seconds, int nanos = 0)
    {
        var options = At(seconds, nanos);
        options.Mode = CheckMode.Audit;
        return options;
    }

    private static Func<ConsentCheck.ConsentCheckClient, Task> Use(Action<CheckUseRequest> spoil)
    {
        var request = new CheckUseRequest { MemberId = "M-1", Purposes = { Purpose.ServiceDelivery } };
        spoil(request);
        return async client => await client.CheckUseAsync(request);
    }

    private static Func<ConsentCheck.ConsentCheckClient, Task> Disclose(Action<CheckDisclosureRequest> spoil)
    {
        var request = new CheckDisclosureRequest
        {
            MemberId = "M-1",
            RecipientId = "V-PARTNER",
            RecipientPurpose = "SERVICE_LINK",
            Items = { DataItem.Name },
            Capacity = Capacity.ThirdParty,
        };
        spoil(request);
        return async client => await client.CheckDisclosureAsync(request);
    }

    private static Func<ConsentCheck.ConsentCheckClient, Task> Claim(Action<ExceptionClaim> spoil) => Disclose(ask =>
    {
        ask.ExceptionClaim = new ExceptionClaim { Item = 4 };
        spoil(ask.ExceptionClaim);
    });

    private static Func<ConsentCheck.ConsentCheckClient, Task> Provide(Action<CheckAnonymizedProvisionRequest> spoil)
    {
        var request = new CheckAnonymizedProvisionRequest();
        spoil(request);
        return async client => await client.CheckAnonymizedProvisionAsync(request);
    }

    private async Task AssertRefusedAsync(params Bad[] calls)
    {
        foreach (var (ask, field, value) in calls)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => ask(stage.Open.Checks));
            Assert.True(error.StatusCode == StatusCode.InvalidArgument, $"{field} {value}: {error.Status}");
            Assert.StartsWith($"{field} is ", error.Status.Detail, StringComparison.Ordinal);
            Assert.Contains(value, error.Status.Detail, StringComparison.Ordinal);
            Assert.InRange(error.Status.Detail.Length, 1, 400);
            var info = error.GetRpcStatus()!.GetDetail<ErrorInfo>();
            Assert.Equal(("consent.belong", "REQUEST_MALFORMED"), (info.Domain, info.Reason));
            Assert.Equal(field, error.GetRpcStatus()!.GetDetail<BadRequest>().FieldViolations.Single().Field);
        }
    }

    private sealed record Bad(Func<ConsentCheck.ConsentCheckClient, Task> Ask, string Field, string Value);
}
