using Belong.Consent.V1;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;
using static Belong.ConsentService.Tests.Access.AccessStage;

namespace Belong.ConsentService.Tests.Access;

/// <summary>Who claims an exception of §4 leaves a record, or gets no answer.</summary>
public sealed class ExceptionClaimTests(AccessStage stage) : IClassFixture<AccessStage>
{
    private const string Last = "SELECT caller || ' ' || recipient_id || ' ' || (claim->>'item') || ' ' || (claim->>'approver_id') || ' ' || outcome || ' ' || reasons[1] FROM exception_claim ORDER BY seq DESC LIMIT 1";
    private const string Count = "SELECT count(*) FROM exception_claim";

    [Fact]
    public async Task Each_claim_that_is_judged_leaves_a_record_under_the_pseudonym()
    {
        using var grants = new WrittenGrants().Write(1, WrittenGrants.Everything("desk", "desk"));
        var instance = await stage.StartAsync(grants.Apply);
        var before = await stage.Stage.ReadOneAsync<long>(Count);
        Assert.Equal(Outcome.Allow, (await instance.Checks.CheckDisclosureAsync(Claim(), Bearer("desk"))).Decision.Outcome);
        Assert.Equal("desk 救急隊 1 A-1 Allow EXCEPTION_LIFE_BODY_PROPERTY", await stage.Stage.ReadOneAsync<string>(Last));

        // Denied: a record too. Nobody's doing: none.
        var unfounded = Claim();
        unfounded.ExceptionClaim.NecessityStatement = "";
        Assert.Equal(Outcome.Deny, (await instance.Checks.CheckDisclosureAsync(unfounded, Bearer("desk"))).Decision.Outcome);
        Assert.StartsWith("desk 救急隊 1 A-1 Deny ", await stage.Stage.ReadOneAsync<string>(Last), StringComparison.Ordinal);
        await instance.Checks.CheckUseAsync(Use(), Bearer("desk"));

        var nul = Claim("A\0B");
        nul.ExceptionClaim.NecessityStatement = "\\u0000 \0";
        var batch = new CheckBatchRequest { Checks = { new BatchCheck { Disclosure = nul }, new BatchCheck { Use = Use() }, new BatchCheck { Disclosure = Claim("C") } } };
        var answers = await instance.Checks.CheckBatchAsync(batch, Bearer("desk"));
        Assert.All(answers.Answers, answer => Assert.True(answer.Decision is not null));
        Assert.Equal(before + 4, await stage.Stage.ReadOneAsync<long>(Count));
        Assert.Equal(4, await ReadMetricAsync(instance, "consent_exception_claims_total{outcome=\"recorded\"}"));

        // As whoever may read the key can match it.
        const string Mine = "SELECT count(DISTINCT pseudonym) = 1 AND bool_and(length(pseudonym) = 32) FROM exception_claim WHERE claim::text !~ 'M-1'";
        Assert.True(await stage.Stage.ReadOneAsync<bool>(Mine));
        var salt = await stage.Stage.ReadOneAsync<byte[]>("SELECT pseudonym_salt FROM facts_identity");
        Assert.Equal(System.Security.Cryptography.HMACSHA256.HashData(salt, "M-1"u8), await stage.Stage.ReadOneAsync<byte[]>("SELECT pseudonym FROM exception_claim LIMIT 1"));
        foreach (var sql in new[] { "UPDATE exception_claim SET caller = 'x'", "DELETE FROM exception_claim", "TRUNCATE exception_claim" })
        {
            await Assert.ThrowsAsync<Npgsql.PostgresException>(() => stage.Stage.ExecuteAsync(sql));
        }
    }

    [Fact]
    public async Task A_claim_that_cannot_be_recorded_is_not_answered()
    {
        using var grants = new WrittenGrants().Write(1, WrittenGrants.Everything("desk", "desk"));
        var instance = await stage.StartAsync(grants.Apply);
        await stage.Stage.ExecuteAsync("ALTER TABLE exception_claim RENAME TO exception_claim_away");
        try
        {
            Assert.Equal("Unavailable CLAIM_NOT_RECORDED", await ReasonOfAsync(async () => await instance.Checks.CheckDisclosureAsync(Claim(), Bearer("desk"))));
            var batch = new CheckBatchRequest { Checks = { new BatchCheck { Disclosure = Claim() }, new BatchCheck { Use = Use() } } };
            var answers = (await instance.Checks.CheckBatchAsync(batch, Bearer("desk"))).Answers;
            Assert.Equal(("CLAIM_NOT_RECORDED", Outcome.Allow), (answers[0].Refusal.Reason, answers[1].Decision.Outcome));
            Assert.Equal(2, await ReadMetricAsync(instance, "consent_exception_claims_total{outcome=\"refused\"}"));
        }
        finally
        {
            await stage.Stage.ExecuteAsync("ALTER TABLE exception_claim_away RENAME TO exception_claim");
        }

        Assert.Equal(Outcome.Allow, (await instance.Checks.CheckDisclosureAsync(Claim(), Bearer("desk"))).Decision.Outcome);
    }

    [Fact]
    public async Task A_claim_without_the_right_to_it_is_refused_and_leaves_none()
    {
        var shop = WrittenGrants.Everything("shop", "shop");
        shop.MayClaimExceptions = false;
        using var grants = new WrittenGrants().Write(1, shop);
        var instance = await stage.StartAsync(grants.Apply);
        var before = await stage.Stage.ReadOneAsync<long>(Count);
        Assert.Equal("PermissionDenied CALLER_NOT_PERMITTED", await ReasonOfAsync(async () => await instance.Checks.CheckDisclosureAsync(Claim(), Bearer("shop"))));
        Assert.Equal(before, await stage.Stage.ReadOneAsync<long>(Count));
    }
}
