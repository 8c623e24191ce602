using System.Threading.Channels;
using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Overload;
using Belong.ConsentService.Rules;
using Google.Protobuf.Collections;
using Grpc.Core;

namespace Belong.ConsentService.Audience;

/// <summary>
/// One list: chunks are read, judged a few ahead of what is written, and answered in order. Nothing is read while the
/// caller does not take what is written, so that a list of any length needs the memory of a few chunks. When the instance
/// stops, what was read is answered still, and the caller goes on elsewhere with the chunk after it.
/// </summary>
internal sealed class Screening(AudienceQuestion question, ListPosition? position, AudienceJudge judge, FactsStateHolder holder, StreamLease lease, RateLimit? rate, CancellationToken stop)
{
    public const string GoOn = "send the chunks that were not answered, with the position of the start, to another";

    /// <summary>Being judged, or judged and not yet written.</summary>
    private const int ChunksAhead = 3;

    private readonly FactsCover? _cover = position is null ? null : position.ToCover();
    private readonly ScreenTotals _totals = new();

    public async Task RunAsync(IAsyncStreamReader<ScreenAudienceRequest> requests, IServerStreamWriter<ScreenAudienceResponse> responses, CancellationToken cancellation)
    {
        var text = position?.ToString() ?? "";
        await responses.WriteAsync(new ScreenAudienceResponse { Start = new ScreenStart { Position = text } }, cancellation);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var chunks = System.Threading.Channels.Channel.CreateBounded<Task<Verdicts>>(new BoundedChannelOptions(ChunksAhead) { SingleReader = true, SingleWriter = true });
        var reading = ReadAllAsync(requests, chunks.Writer, ending.Token);
        try
        {
            await AnswerAllAsync(chunks.Reader, responses, ending.Token);
        }
        finally
        {
            await ending.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // What was wrong with the stream has come through the channel.
        RequireSameDatabase();
        await responses.WriteAsync(new ScreenAudienceResponse { Summary = _totals.Write(text) }, cancellation);
    }

    private async Task ReadAllAsync(IAsyncStreamReader<ScreenAudienceRequest> requests, ChannelWriter<Task<Verdicts>> chunks, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stop);
        try
        {
            while (await requests.MoveNext(either.Token))
            {
                var ids = ReadChunk(requests.Current);
                await lease.RequireAsync();
                await chunks.WaitToWriteAsync(cancellation);
                if (rate is not null)
                {
                    // A list is held up and not ended.
                    await rate.TakeAsync(ids.Count, either.Token);
                }

                await chunks.WriteAsync(judge.JudgeAsync(question, ids, _cover, default, cancellation), cancellation);
            }

            chunks.Complete();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            chunks.Complete(Drain.BuildRefusal(GoOn));
        }
        catch (Exception e)
        {
            chunks.Complete(e);
        }
    }

    private static RepeatedField<string> ReadChunk(ScreenAudienceRequest request)
    {
        if (request.PartCase != ScreenAudienceRequest.PartOneofCase.Chunk)
        {
            throw Refusal.Field("part", request.PartCase.ToString(), "after the header a chunk is required");
        }

        if (request.Position.Length > 0)
        {
            throw Refusal.Field("position", "given", "it comes with the header: with a chunk leave it out");
        }

        var ids = request.Chunk.MemberIds;
        return ids.Count <= AudienceSettings.MaxChunkMembers
            ? ids
            : throw Refusal.Field("chunk.member_ids", $"a list of {ids.Count}", $"at most {AudienceSettings.MaxChunkMembers} ids are allowed in one chunk, and any number of chunks");
    }

    private async Task AnswerAllAsync(ChannelReader<Task<Verdicts>> chunks, IServerStreamWriter<ScreenAudienceResponse> responses, CancellationToken cancellation)
    {
        for (var chunk = 0L; await chunks.WaitToReadAsync(cancellation); chunk++)
        {
            var verdicts = await await chunks.ReadAsync(cancellation);
            RequireSameDatabase();
            _totals.Add(verdicts);
            await responses.WriteAsync(new ScreenAudienceResponse { Verdicts = Write(chunk, verdicts) }, cancellation);
        }
    }

    /// <summary>A position says nothing of a database that was put back: what happened since it could not be told.</summary>
    private void RequireSameDatabase()
    {
        if (position is not null && holder.Current.Generation is { Length: > 0 } generation && generation != position.Generation)
        {
            throw Refusal.Of(StatusCode.Aborted, "DATABASE_RESTORED", "PostgreSQL was put back to an earlier time, or another took its place, while the list was screened: screen it again from its beginning");
        }
    }

    private ChunkVerdicts Write(long chunk, Verdicts verdicts)
    {
        var message = new ChunkVerdicts
        {
            Chunk = chunk,
            MemberCount = verdicts.Count,
            Allowed = VerdictWriter.WriteAllowed(verdicts),
            PrimaryReasons = VerdictWriter.WritePrimaryReasons(verdicts, question.Detail),
            EvaluatedAt = VerdictWriter.Write(verdicts.EvaluatedAt),
            ValidUntil = VerdictWriter.Write(verdicts.ValidUntil),
        };
        VerdictWriter.WriteRefused(verdicts, question.Detail, message.Refused);
        VerdictWriter.WriteObligations(verdicts.Obligations, message.Obligations);
        return message;
    }
}
