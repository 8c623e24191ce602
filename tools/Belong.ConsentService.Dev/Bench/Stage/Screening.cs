using Belong.Consent.V1;
using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Mix;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Belong.ConsentService.Dev.Bench.Stage;

/// <summary>An audience of all members, prepared to be screened again and again as fast as the service takes it.</summary>
internal sealed class Screening
{
    private const int ChunkMembers = 1_000;

    private readonly byte[] _expected;
    private readonly int _memberCount;
    private readonly byte[] _header;
    private readonly byte[][] _chunks;

    public Screening(BenchStage stage)
    {
        _expected = stage.Members.Expected(BenchQuestions.Use);
        _memberCount = stage.MemberCount;
        var question = BenchQuestions.AskUse("");
        _header = new ScreenAudienceRequest { Header = new AudienceHeader { Use = question, Reasons = ReasonDetail.Primary } }.ToByteArray();
        _chunks = [.. Enumerable.Range(1, _memberCount).Chunk(ChunkMembers).Select(Prepare)];
    }

    /// <summary>Returns why it could not be done; null when every member was judged as it should be.</summary>
    public async Task<string?> RunAsync(Uri address)
    {
        using var channel = GrpcChannel.ForAddress(address);
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(RawCalls.ScreenAudience, null, default);
        try
        {
            var sending = Task.Run(() => SendAsync(call.RequestStream));
            await ReceiveAsync(call.ResponseStream);
            await sending;
            return null;
        }
        catch (RpcException e)
        {
            return $"the service answers {e.StatusCode}: {e.Status.Detail}";
        }
    }

    private static byte[] Prepare(int[] members)
    {
        var chunk = new MemberChunk();
        chunk.MemberIds.AddRange(members.Select(MemberMix.Id));
        return new ScreenAudienceRequest { Chunk = chunk }.ToByteArray();
    }

    private async Task SendAsync(IClientStreamWriter<byte[]> requests)
    {
        try
        {
            await requests.WriteAsync(_header);
            foreach (var chunk in _chunks)
            {
                await requests.WriteAsync(chunk);
            }

            await requests.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            // The service ended the call: reading tells why.
        }
    }

    private async Task ReceiveAsync(IAsyncStreamReader<byte[]> responses)
    {
        var (judged, chunks) = (0, 0);
        ScreenSummary? summary = null;
        while (await responses.MoveNext(CancellationToken.None))
        {
            var response = ScreenAudienceResponse.Parser.ParseFrom(responses.Current);
            if (response.PartCase == ScreenAudienceResponse.PartOneofCase.Verdicts)
            {
                Require(response.Verdicts, chunks++, judged);
                judged += response.Verdicts.MemberCount;
            }

            summary = response.Summary ?? summary;
        }

        if (summary is not { IsComplete: true } || summary.MemberCount != _memberCount || judged != _memberCount)
        {
            throw new InvalidOperationException($"Of {_memberCount} members {judged} were judged; the summary is {summary}.");
        }
    }

    private void Require(ChunkVerdicts verdicts, int chunk, int judged)
    {
        if (verdicts.Chunk != chunk || !verdicts.PrimaryReasons.Span.SequenceEqual(_expected.AsSpan(judged + 1, verdicts.MemberCount)))
        {
            throw new InvalidOperationException($"The verdicts on chunk {chunk} are not those of the evaluator.");
        }

        for (var i = 0; i < verdicts.MemberCount; i++)
        {
            var isAllowed = (verdicts.Allowed[i / 8] & (1 << (i % 8))) != 0;
            if (isAllowed != ((Reason)_expected[judged + 1 + i] is Reason.UsePermitted or Reason.ResidualObligationPermitted))
            {
                throw new InvalidOperationException($"The bit of member {judged + 1 + i} does not fit its reason.");
            }
        }
    }
}
