using Belong.Consent.V1;
using Belong.ConsentService.Testing.Cases;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>
/// Cases that ask the same, with their members as a list. It tells who is allowed and the reasons of who is not: what
/// belongs to the purposes and the items of one member does not come through it.
/// </summary>
internal sealed class StreamDoor(ConsentAudience.ConsentAudienceClient client) : Door("stream", "askable cases")
{
    private const string NotAllowed = "not ALLOW";

    private static readonly string Allowed = SpecNames.Outcomes.Of(Rules.Outcome.Allow);

    public override CaseDecision Carried(CaseDecision decision) => new()
    {
        GrpcStatus = decision.GrpcStatus,
        Outcome = decision.Outcome is null || decision.Outcome == Allowed ? decision.Outcome : NotAllowed,
        Reasons = decision.Outcome == Allowed ? [.. decision.Reasons.Take(1)] : decision.Reasons,
    };

    public override Task AskAsync(IReadOnlyList<AskedCase> cases) => Parallel.ForEachAsync(
        from asked in cases
        let question = ReadQuestion(asked)
        where question is not null
        group (question.Value.Member, asked) by (asked.Key, question.Value.Header),
        new ParallelOptions { MaxDegreeOfParallelism = Askers },
        async (list, _) => await AskAsync(list.Key.Header, [.. list]));

    private async Task AskAsync(AudienceHeader header, (string Member, AskedCase Asked)[] list)
    {
        using var call = client.ScreenAudience(list[0].Asked.Authorization);
        try
        {
            var (verdicts, summary) = await ScreenAsync(call, header, list.Select(entry => entry.Member));
            for (var i = 0; i < list.Length; i++)
            {
                Add(list[i].Asked, AnswerReader.Read(verdicts, i, Allowed, NotAllowed) with { GrpcStatus = AnswerReader.Read(summary, verdicts) });
            }
        }
        catch (RpcException refusal)
        {
            Array.ForEach(list, entry => Add(entry.Asked, AnswerReader.Read(refusal)));
        }
    }

    private static async Task<(ChunkVerdicts Verdicts, ScreenSummary Summary)> ScreenAsync(
        AsyncDuplexStreamingCall<ScreenAudienceRequest, ScreenAudienceResponse> call, AudienceHeader header, IEnumerable<string> members)
    {
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = header });
        var parts = new List<ScreenAudienceResponse>();
        // The start comes before any chunk, or the refusal of the header.
        await ReadAsync(call, parts);
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Chunk = new MemberChunk { MemberIds = { members } } });
        await call.RequestStream.CompleteAsync();
        while (await ReadAsync(call, parts))
        {
        }

        return parts is [{ Start: not null }, { Verdicts: { } verdicts }, { Summary: { } summary }]
            ? (verdicts, summary)
            : throw new RpcException(new Status(StatusCode.Internal, $"the stream is {string.Join(", ", parts.Select(part => part.PartCase))}"));
    }

    private static async Task<bool> ReadAsync(AsyncDuplexStreamingCall<ScreenAudienceRequest, ScreenAudienceResponse> call, List<ScreenAudienceResponse> parts)
    {
        var isThere = await call.ResponseStream.MoveNext(CancellationToken.None);
        if (isThere)
        {
            parts.Add(call.ResponseStream.Current);
        }

        return isThere;
    }

    /// <summary>Null when it cannot be asked of a list: another kind, an audit, a claim, no id of a member.</summary>
    private static (string Member, AudienceHeader Header)? ReadQuestion(AskedCase asked)
    {
        var header = new AudienceHeader { Reasons = ReasonDetail.All };
        var (member, options) = ("", (CheckOptions?)null);
        if (asked.Request is CheckUseRequest use)
        {
            (member, options, header.Use) = (use.MemberId, use.Options, use.Clone());
            header.Use.MemberId = "";
        }
        else if (asked.Request is CheckDisclosureRequest { ExceptionClaim: null } disclosure)
        {
            (member, options, header.Disclosure) = (disclosure.MemberId, disclosure.Options, disclosure.Clone());
            header.Disclosure.MemberId = "";
        }

        return CaseNames.IsId(member) && options is not { HasMode: true, Mode: CheckMode.Audit } ? (member, header) : null;
    }
}
