using Belong.Consent.V1;
using Belong.ConsentService.Testing.Mix;

namespace Belong.ConsentService.Client.Tests;

/// <summary>Every kind of answer of the real service, and what is kept while its instances come and go.</summary>
public class RealServiceTests(RealService service) : IClassFixture<RealService>
{
    private static readonly Obligation[] Honoured = [Obligation.RecheckAtSend, Obligation.SendOnlyPermittedItems];

    [Fact]
    public async Task Every_kind_of_answer()
    {
        using var client = service.Open();

        var use = Assert.IsType<Allowed>(await client.CheckUseAsync(Use(1)));
        Assert.Equal("M0000001", use.Exercise(Honoured).MemberId);
        Assert.InRange(use.Remaining, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(60));
        Assert.Equal([Obligation.RecheckAtSend], Assert.Throws<ObligationNotHonouredException>(() => use.Exercise()).Missing);
        Assert.Equal([ReasonCode.DmOptedOut], Assert.IsType<Denied>(await client.CheckUseAsync(Use(2))).Reasons);

        var whole = Assert.IsType<Allowed>(await client.CheckDisclosureAsync(Disclosure(DataItem.Name, DataItem.Address)));
        Assert.True(whole.Exercise(Honoured).Items.SetEquals([DataItem.Name, DataItem.Address]));
        var part = Assert.IsType<PartlyAllowed>(await client.CheckDisclosureAsync(Disclosure(DataItem.Name, DataItem.BirthDate)));
        Assert.Equal([DataItem.Name], part.Exercise(Honoured).Items);
        Assert.Equal(ReasonCode.ItemNotNecessary, part.Withheld[DataItem.BirthDate]);
        var open = Assert.IsType<Allowed>(await client.CheckDisclosureAsync(Disclosure()));
        Assert.True(open.Exercise(Honoured).Items.SetEquals([DataItem.Name, DataItem.Address, DataItem.Phone]));

        var claim = Disclosure(DataItem.Name);
        (claim.RecipientId, claim.Capacity) = ("Police", Capacity.ThirdParty);
        claim.Purposes.Clear();
        claim.ExceptionClaim = new ExceptionClaim { Item = 5, ApproverId = "A", LawCitation = "L", DocumentRef = "D", Compulsory = true };
        Assert.Contains(ReasonCode.ExceptionOtherLaw, Assert.IsType<Allowed>(await client.CheckDisclosureAsync(claim)).Reasons);

        var anonymous = new CheckAnonymizedProvisionRequest { Items = { DataItem.Age }, RecipientId = "R", Dataset = new Dataset { Id = "D", CertifiedAnonymous = true, Method = "PAPER" } };
        Assert.IsType<Allowed>(await client.CheckAnonymizedProvisionAsync(anonymous));
        var refusal = await Assert.ThrowsAsync<ConsentRefusedException>(() => client.CheckUseAsync(new CheckUseRequest { MemberId = "M0000001", Purposes = { Purpose.DirectMarketing } }));
        Assert.Equal(("REQUEST_MALFORMED", "channel"), (refusal.Reason, refusal.Field));
    }

    [Fact]
    public async Task A_batch_of_all_members_agrees_with_the_list_of_all_members()
    {
        using var client = service.Open();
        var checks = Enumerable.Range(1, RealService.Members).Select(number => new BatchCheck { CorrelationId = $"{number}", Use = Use(number) }).ToArray();

        var results = await client.CheckBatchAsync(checks);
        var screening = client.Screen(Question(), checks.Select(check => check.Use.MemberId).ToAsyncEnumerable());
        var verdicts = await screening.ToDictionaryAsync(verdict => verdict.MemberId);

        Assert.Equal(RealService.Members, screening.Complete().MemberCount);
        Assert.InRange(screening.Complete().CandidateCount, 1_000, RealService.Members - 100);
        Assert.All(results, result =>
        {
            var answer = Assert.IsType<BatchAnswered>(result).Answer;
            var verdict = verdicts[result.Check.Use.MemberId];
            Assert.Equal((answer is Allowed, answer.Reasons[0]), (verdict is CandidateVerdict, verdict.Reason));
        });
    }

    [Fact]
    public async Task Who_opts_out_between_two_waves_gets_no_mail()
    {
        using var client = service.Open();
        var members = Enumerable.Range(3, 600).Select(MemberMix.Id).ToArray();
        var audience = await client.ScreenAsync(Question(), members.ToAsyncEnumerable(), Honoured);
        var candidates = audience.Count;
        var sent = new List<string>();
        string? leaver = null;
        while (await audience.NextWaveAsync(200) is { } wave)
        {
            while (wave.TryTake(out var to))
            {
                sent.Add(to.MemberId);
            }

            if (leaver is null)
            {
                leaver = await FindAsync(client, members.Except(sent));
                await client.RecordMemberAsync(new RecordMemberRequest
                {
                    Context = RealService.Context(), MemberId = leaver, Changes = { new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } } },
                });
            }
        }

        Assert.DoesNotContain(leaver!, sent);
        Assert.Equal(ReasonCode.DmOptedOut, Assert.Single(audience.Left).Value);
        Assert.Equal(candidates - 1, sent.Distinct().Count());
        Assert.Equal(sent.Count, sent.Distinct().Count());
    }

    [Fact]
    public async Task No_call_is_lost_while_an_instance_stops_or_is_killed()
    {
        using var client = service.Open();
        using var end = new CancellationTokenSource();
        var asking = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AskAsync(client, end.Token)));

        Assert.Equal(0, await service.Processes[0].TerminateAsync());
        await service.Processes[0].StartAgainAsync();
        await AskAsync(client, 200);
        await service.Processes[1].KillAsync();
        await AskAsync(client, 200);
        await service.Processes[1].StartAgainAsync();
        await end.CancelAsync();

        Assert.All(await asking, count => Assert.InRange(count, 50, int.MaxValue));
    }

    [Fact]
    public async Task Facts_that_cannot_be_read_decide_nothing()
    {
        using var client = service.Open(options => options.WatchHealth = false);
        foreach (var store in service.Stores)
        {
            store.Cut();
        }

        try
        {
            Assert.IsType<Undecided>(await client.CheckUseAsync(Use(1)));
        }
        finally
        {
            foreach (var store in service.Stores)
            {
                store.Restore();
            }
        }

        await WaitAsync(async () => await client.CheckUseAsync(Use(1)) is Allowed);
    }

    private static CheckUseRequest Use(int number) => Use(MemberMix.Id(number));

    private static CheckUseRequest Use(string member) => new() { MemberId = member, Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal };

    private static AudienceHeader Question() => new() { Use = new CheckUseRequest { Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal } };

    private static CheckDisclosureRequest Disclosure(params DataItem[] items) =>
        new() { MemberId = "M0000001", RecipientId = "V-CARRIER", Purposes = { Purpose.ServiceDelivery }, Items = { items } };

    private static async Task<string> FindAsync(ConsentClient client, IEnumerable<string> members)
    {
        foreach (var member in members)
        {
            if (await client.CheckUseAsync(Use(member)) is Allowed)
            {
                return member;
            }
        }

        throw new InvalidOperationException("nobody is allowed");
    }

    private static async Task<int> AskAsync(ConsentClient client, CancellationToken end)
    {
        var count = 0;
        for (; !end.IsCancellationRequested; count++)
        {
            await AskAsync(client, 1);
        }

        return count;
    }

    private static async Task AskAsync(ConsentClient client, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.IsType<Denied>(await client.CheckUseAsync(Use(2)));
        }
    }

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(60), "it did not happen in time");
            await Task.Delay(20);
        }
    }
}
