using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Client.Tests;

/// <summary>How often a call is made, and what becomes of its failure.</summary>
public class CallTests
{
    [Fact]
    public async Task A_check_is_made_again_until_it_is_answered_and_no_more_often_than_allowed()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        Refuse(service, 3, () => Script.Refusal(StatusCode.Unavailable, "STOPPING"));
        Assert.IsType<Allowed>(await client.CheckUseAsync(Decisions.Use()));
        Assert.Equal(4, service.Script.Requests.Count);

        Refuse(service, 10, () => Script.Refusal(StatusCode.Unavailable, "STOPPING"));
        var error = await Assert.ThrowsAsync<ConsentUnavailableException>(() => client.CheckUseAsync(Decisions.Use()));
        Assert.Equal((8, StatusCode.Unavailable, "STOPPING"), (service.Script.Requests.Count, error.Status, error.Reason));
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.PermissionDenied)]
    [InlineData(StatusCode.Unauthenticated)]
    public async Task A_refusal_is_final(StatusCode code)
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        Refuse(service, 1, () => Script.Refusal(code, "BECAUSE"));

        var error = await Assert.ThrowsAsync<ConsentRefusedException>(() => client.CheckUseAsync(Decisions.Use()));

        Assert.Equal((code, "BECAUSE", 1), (error.Status, error.Reason, service.Script.Requests.Count));
    }

    [Fact]
    public async Task The_time_that_the_service_asks_for_is_waited_when_it_fits()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        var begun = TimeProvider.System.GetTimestamp();
        Refuse(service, 1, () => Script.Refusal(StatusCode.ResourceExhausted, "RATE_LIMITED", TimeSpan.FromMilliseconds(700)));
        await client.CheckUseAsync(Decisions.Use());
        Assert.True(TimeProvider.System.GetElapsedTime(begun) >= TimeSpan.FromMilliseconds(690));

        Refuse(service, 1, () => Script.Refusal(StatusCode.ResourceExhausted, "RATE_LIMITED", TimeSpan.FromMinutes(10)));
        await Assert.ThrowsAsync<ConsentUnavailableException>(() => client.CheckUseAsync(Decisions.Use()));
        Refuse(service, 1, () => Script.Refusal(StatusCode.ResourceExhausted, ""));
        await Assert.ThrowsAsync<ConsentUnavailableException>(() => client.CheckUseAsync(Decisions.Use()));
        Assert.Equal(4, service.Script.Requests.Count);
    }

    [Theory]
    [InlineData("STOPPING", 1)]
    [InlineData("CLAIM_NOT_RECORDED", 2)]
    public async Task A_claim_is_made_again_only_when_it_was_not_recorded(string reason, int calls)
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        service.Script.Decide = () => Decisions.Allow(DataItem.Name);
        Refuse(service, 1, () => Script.Refusal(StatusCode.Unavailable, reason));
        var claim = Decisions.Disclosure(DataItem.Name);
        claim.ExceptionClaim = new ExceptionClaim { Item = 4 };

        var failure = await Record.ExceptionAsync(() => client.CheckDisclosureAsync(claim));

        Assert.Equal((calls, calls == 1), (service.Script.Requests.Count, failure is ConsentUnavailableException));
    }

    [Fact]
    public async Task A_write_is_repeated_under_its_own_key_alone_and_is_uncertain_at_last()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        var write = new RecordMemberRequest { MemberId = "M1", Context = new WriteContext { IdempotencyKey = "letter-7", Actor = "desk" } };
        Refuse(service, 1, () => Script.Refusal(StatusCode.Aborted, ""));
        await client.RecordMemberAsync(write);
        Refuse(service, 10, () => Script.Refusal(StatusCode.Unavailable, ""));

        var error = await Assert.ThrowsAsync<WriteUncertainException>(() => client.RecordMemberAsync(write));

        Assert.Equal("letter-7", error.IdempotencyKey);
        Assert.Equal(6, service.Script.Requests.Count);
        Assert.All(service.Script.Requests, request => Assert.Equal("letter-7", ((RecordMemberRequest)request).Context.IdempotencyKey));
    }

    [Fact]
    public async Task A_write_without_a_key_is_not_sent()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();

        await Assert.ThrowsAsync<ArgumentException>(() => client.RecordMemberAsync(new RecordMemberRequest { MemberId = "M1", Context = new WriteContext { Actor = "desk" } }));

        Assert.Empty(service.Script.Requests);
    }

    [Fact]
    public async Task Who_gives_up_is_told_so_and_not_that_the_service_failed()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        Refuse(service, 10, () => Script.Refusal(StatusCode.ResourceExhausted, "OVERLOADED", TimeSpan.FromSeconds(10)));
        using var end = new CancellationTokenSource();
        var call = client.CheckUseAsync(Decisions.Use(), cancellation: end.Token);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_key_or_a_token_goes_with_each_call()
    {
        await using var service = await FakeService.StartAsync();
        using var keyed = service.Open(options => options.Key = "k1");
        using var tokened = service.Open(options => options.TokenProvider = _ => ValueTask.FromResult($"t{service.Script.Requests.Count}"));

        await keyed.CheckUseAsync(Decisions.Use());
        await tokened.CheckUseAsync(Decisions.Use());
        await tokened.CheckUseAsync(Decisions.Use());

        Assert.Equal(["Bearer k1", "Bearer t1", "Bearer t2"], service.Script.Authorizations);
    }

    private static void Refuse(FakeService service, int times, Func<Exception> refusal)
    {
        service.Script.Refusals.Clear();
        for (var i = 0; i < times; i++)
        {
            service.Script.Refusals.Enqueue(refusal());
        }
    }
}
