using Belong.Consent.V1;
using Belong.ConsentService.Testing.Mix;
using Belong.ConsentService.Tests.Audience;
using CsCheck;
using Google.Rpc;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Checks;

/// <summary>Whatever is asked, by whomever: alone, in a batch and of a list the answer is the same, and so is the refusal.</summary>
public sealed class EveryDoorTests(CheckStage stage) : IClassFixture<CheckStage>
{
    private const int MemberCount = 60;
    private const int Rounds = 2;

    [Fact]
    public async Task Random_checks_are_answered_alike_through_every_door()
    {
        var tokens = new List<string>();
        foreach (var member in MemberMix.Generate(7, MemberCount))
        {
            tokens.Add(await stage.Open.RecordAsync(member.Id, [.. member.Changes]));
            if (member.IsErasedLater)
            {
                await stage.Open.RecordAsync(member.Id, Erasure());
            }
        }

        await stage.Stage.WaitUntilCoveredAsync(stage.Guarded);
        var any = new RandomChecks([.. MemberMix.Generate(7, MemberCount).Select(member => member.Id)], tokens).Any;
        var decided = new Dictionary<Outcome, int>();
        await Gen.Select(any.Array[250], any.Array[80], any.Array[20]).SampleAsync(
            async round =>
            {
                await CompareAsync(CheckStage.Key("desk-new"), round.Item1, decided);
                await CompareAsync(CheckStage.Key("shop-key"), round.Item2, decided);
                await CompareAsync(CheckStage.Key("reader-key"), round.Item3, decided);
            },
            iter: Rounds, threads: 1, print: _ => "");
        // It would prove nothing if all were refused.
        Assert.All([Outcome.Allow, Outcome.AllowPartial, Outcome.Deny, Outcome.Unspecified], outcome => Assert.Contains(outcome, decided.Keys));
    }

    private async Task CompareAsync(Metadata key, BatchCheck[] checks, Dictionary<Outcome, int> decided)
    {
        var together = (await stage.Guarded.Checks.CheckBatchAsync(new CheckBatchRequest { Checks = { checks } }, key)).Answers;
        for (var i = 0; i < checks.Length; i++)
        {
            var alone = await AskAloneAsync(key, checks[i]);
            Assert.True(alone.Equals(Timeless(together[i])), $"{checks[i]}\nalone: {alone}\nin a batch: {together[i]}");
            if (QuestionOf(checks[i]) is var (header, member))
            {
                await CompareListAsync(key, header, member, alone);
            }

            var outcome = alone.Decision?.Outcome ?? Outcome.Unspecified;
            decided[outcome] = decided.GetValueOrDefault(outcome) + 1;
        }
    }

    private async Task<BatchAnswer> AskAloneAsync(Metadata key, BatchCheck check)
    {
        try
        {
            return Timeless(new() { Decision = await SendAsync(key, check) });
        }
        catch (RpcException e)
        {
            return new() { Refusal = Write(e) };
        }
    }

    private async Task<Decision> SendAsync(Metadata key, BatchCheck check) => check.QuestionCase switch
    {
        BatchCheck.QuestionOneofCase.Use => (await stage.Guarded.Checks.CheckUseAsync(check.Use, key)).Decision,
        BatchCheck.QuestionOneofCase.Disclosure => (await stage.Guarded.Checks.CheckDisclosureAsync(check.Disclosure, key)).Decision,
        _ => (await stage.Guarded.Checks.CheckAnonymizedProvisionAsync(check.AnonymizedProvision, key)).Decision,
    };

    /// <summary>The member stands twice in the list, with others between.</summary>
    private async Task CompareListAsync(Metadata key, AudienceHeader header, string member, BatchAnswer alone)
    {
        ChunkVerdicts verdicts;
        try
        {
            verdicts = (await ScreenAsync(key, header, [member, "nobody", "M-1", member])).Chunks.Single();
        }
        catch (RpcException e)
        {
            Assert.True(Write(e).Equals(alone.Refusal), $"{header}\nalone: {alone}\nof a list: {e.Status}");
            return;
        }

        List<bool> allowed = [.. Screened.AllowedOf(verdicts)];
        foreach (var index in (int[])[0, 3])
        {
            var expected = (alone.Decision?.Outcome == Outcome.Allow, alone.Decision?.Reasons[0]);
            Assert.True(expected == (allowed[index], (ReasonCode)verdicts.PrimaryReasons[index]), $"{header}, {member}\nalone: {alone}\nof a list: {verdicts}");
            Assert.True(allowed[index] || verdicts.Refused.Single(entry => entry.Index == index).Reasons.Equals(alone.Decision!.Reasons), $"{header}, {member}\nalone: {alone}\nof a list: {verdicts}");
        }
    }

    private async Task<Screened> ScreenAsync(Metadata key, AudienceHeader header, string[] members)
    {
        using var call = new ConsentAudience.ConsentAudienceClient(stage.Guarded.Channel).ScreenAudience(key);
        try
        {
            await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = header });
            await call.RequestStream.WriteAsync(Screen.Chunk(members));
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException)
        {
            // The header was refused: why is told to the reader.
        }

        return await Screen.ReadAsync(call.ResponseStream);
    }

    /// <summary>Null for what cannot be asked of a list.</summary>
    private static (AudienceHeader Header, string Member)? QuestionOf(BatchCheck check)
    {
        var question = check.Clone();
        var header = new AudienceHeader { Reasons = ReasonDetail.All };
        var (member, options) = ("", (CheckOptions?)null);
        if (question.Use is { } use)
        {
            (member, options, header.Use) = (use.MemberId, use.Options, use);
            use.MemberId = "";
        }
        else if (question.Disclosure is { ExceptionClaim: null } disclosure)
        {
            (member, options, header.Disclosure) = (disclosure.MemberId, disclosure.Options, disclosure);
            disclosure.MemberId = "";
        }

        return member is "" or "会員" || options is { HasMode: true, Mode: CheckMode.Audit } ? null : (header, member);
    }

    private static CheckRefusal Write(RpcException e) => new()
    {
        StatusCode = (int)e.StatusCode,
        Reason = e.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? "",
        Message = e.Status.Detail,
        Field = e.GetRpcStatus()?.GetDetail<BadRequest>()?.FieldViolations[0].Field ?? "",
    };

    /// <summary>An answer without what differs between two askings.</summary>
    private static BatchAnswer Timeless(BatchAnswer answer)
    {
        var copy = answer.Clone();
        if (copy.Decision is { } decision)
        {
            decision.EvaluatedAt = null;
            decision.ValidUntil = null;
            decision.Basis.FactsAgeMs = 0;
            // Alone a miss fills the cache.
            decision.Basis.Source = FactsSource.Unspecified;
        }

        return copy;
    }
}
