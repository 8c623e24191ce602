using Belong.Consent.V1;
using Belong.ConsentService.Rules;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;
using MemberStatus = Belong.Consent.V1.MemberStatus;

namespace Belong.ConsentService.Tests.Registry;

public class ErasureTests(RegistryHost host) : IClassFixture<RegistryHost>
{
    [Fact]
    public async Task An_erasure_leaves_a_tombstone_a_row_of_history_and_a_pseudonymised_copy()
    {
        await host.RecordAsync("E-1", "e-1", Registration(), ConsentTo());
        await host.RecordAsync("E-1", "e-2", OptOut());
        var erased = await host.RecordAsync("E-1", "e-3", OptOut(id: "last"), Erasure());

        var member = await host.GetAsync("E-1");
        Assert.Equal(MemberStatus.Erased, member.Statuses.Single().Status);
        Assert.Equal(3, member.Version);
        Assert.Empty(member.DmOptOuts);
        Assert.Empty(member.Consents);
        Assert.Equal("", member.AcquiredPolicyVersion);

        var entry = (await host.HistoryAsync("E-1")).Single();
        Assert.Equal([Erasure()], entry.Changes);
        Assert.Equal((3, "e-3"), (entry.MemberVersion, entry.IdempotencyKey));

        var kept = await host.Database.ReadErasedAsync("E-1", CancellationToken.None);
        Assert.Equal(["e-2.0", "last"], kept!.DmOptOuts.Select(optOut => optOut.RecordId));
        Assert.Equal(2, kept.Version);
        Assert.Equal(0, await host.ScalarAsync<long>("SELECT count(*) FROM erased_member WHERE position('E-1' in encode(pseudonym, 'escape') || facts::text) > 0"));

        var again = await host.RecordAsync("E-1", "e-3", OptOut(id: "last"), Erasure());
        Assert.True(again.Replayed);
        Assert.Equal(erased.FactsVersion, again.FactsVersion);
        var late = await Assert.ThrowsAsync<RpcException>(() => host.RecordAsync("E-1", "e-4", OptOut()));
        Assert.Equal(StatusCode.FailedPrecondition, late.StatusCode);
    }

    [Fact]
    public async Task A_member_that_was_not_erased_has_no_copy()
    {
        await host.RecordAsync("E-2", "n-1", Registration());
        Assert.Null(await host.Database.ReadErasedAsync("E-2", CancellationToken.None));
        Assert.Null(await host.Database.ReadErasedAsync("NOBODY", CancellationToken.None));
    }

    [Fact]
    public async Task An_erasure_dated_ahead_is_carried_out_when_due_and_not_before()
    {
        var due = DateTimeOffset.UtcNow.AddDays(30);
        var at = Instant.From(due).ToString();
        await host.RecordAsync("E-3", "f-1", Registration(), OptOut());
        await host.RecordAsync("E-3", "f-2", OptOut(), Erasure(At(at)));
        await host.RecordAsync("E-3", "f-3", OptOut());
        Assert.Equal(0, await host.Erasures.EraseDueAsync(due.AddMilliseconds(-1), 10, CancellationToken.None));
        Assert.Equal(3, (await host.GetAsync("E-3")).DmOptOuts.Count);

        var swept = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.Erasures.EraseDueAsync(due.AddMilliseconds(1), 10, CancellationToken.None)));
        Assert.Equal(1, swept.Sum());
        var member = await host.GetAsync("E-3");
        Assert.Equal(4, member.Version);
        Assert.Empty(member.DmOptOuts);
        Assert.Equal(3, (await host.Database.ReadErasedAsync("E-3", CancellationToken.None))!.DmOptOuts.Length);

        var history = await host.HistoryAsync("E-3");
        Assert.Equal([2L, 4L], history.Select(entry => entry.MemberVersion));
        Assert.Equal([Erasure(At(at))], history[0].Changes);
        Assert.Equal(("desk", "f-2"), (history[0].Caller, history[0].IdempotencyKey));
        Assert.Equal("erasure sweep", history[1].Actor);
        Assert.True((await host.RecordAsync("E-3", "f-2", OptOut(), Erasure(At(at)))).Replayed);
        Assert.Equal(0, await host.Erasures.EraseDueAsync(due.AddDays(1), 10, CancellationToken.None));
    }

    [Fact]
    public async Task Rows_that_cannot_be_read_keep_no_other_erasure_from_being_carried_out()
    {
        var due = DateTimeOffset.UtcNow.AddDays(400);
        for (var number = 0; number < 7; number++)
        {
            await host.RecordAsync($"E-7{number}", $"u-{number}", Registration(), Erasure(At(Instant.From(due.AddSeconds(number)).ToString())));
        }

        await using (var command = host.Source.CreateCommand("UPDATE member SET facts = '[1]' WHERE id BETWEEN 'E-70' AND 'E-74'"))
        {
            Assert.Equal(5, await command.ExecuteNonQueryAsync());
        }

        var failed = host.Erasures.FailedCount;
        // Others of this class may be due by then too.
        Assert.InRange(await host.Erasures.EraseDueAsync(due.AddDays(1), 2, CancellationToken.None), 2, 10);
        Assert.Equal(failed + 5, host.Erasures.FailedCount);
        foreach (var id in new[] { "E-75", "E-76" })
        {
            Assert.Equal(MemberStatus.Erased, (await host.GetAsync(id)).Statuses.Single().Status);
        }

        await using (var command = host.Source.CreateCommand("UPDATE member SET facts = (SELECT facts FROM member WHERE id = 'E-75') - 'is_tombstone' WHERE id BETWEEN 'E-70' AND 'E-74'"))
        {
            await command.ExecuteNonQueryAsync();
        }

        Assert.Equal(5, await host.Erasures.EraseDueAsync(due.AddDays(1), 2, CancellationToken.None));
        Assert.Equal(failed + 5, host.Erasures.FailedCount);
    }
}
