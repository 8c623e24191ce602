using Belong.Consent.V1;
using Belong.ConsentService.Client.Calls;
using Grpc.Core;

namespace Belong.ConsentService.Client.Lists;

/// <summary>What becomes of the answers of a stream.</summary>
internal interface IScreenSink<TChunk>
{
    void Begin(ScreenStart start);

    /// <summary>While it takes its time nothing more is read, and the service owes nothing.</summary>
    ValueTask AcceptAsync(TChunk chunk, ChunkVerdicts verdicts, Verdicts answers);
}

/// <summary>Some members of a list.</summary>
internal interface IScreenChunk
{
    MemberChunk Message { get; }

    int Count { get; }
}

/// <summary>How a stream is asked for.</summary>
/// <param name="Header">What is asked.</param>
/// <param name="Position">Of the first start of the list; empty when this is the first.</param>
internal sealed record ScreenCall(AudienceHeader Header, string Position);

/// <summary>One call of ScreenAudience: sends chunks and receives verdicts at the same time, and holds the service to its contract.</summary>
/// <param name="screen">Makes the call.</param>
/// <param name="asked">What is asked.</param>
/// <param name="standstill">How long the service may owe an answer.</param>
internal sealed class ScreenStream<TChunk>(
    Func<CancellationToken, AsyncDuplexStreamingCall<ScreenAudienceRequest, ScreenAudienceResponse>> screen, ScreenCall asked, Standstill standstill)
    where TChunk : class, IScreenChunk
{
    /// <summary>How long an interruption waits for what is under way. The process is given 2 s to end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly Tally _tally = new();
    private Exception? _sourceFailure;

    /// <summary>Judges the chunks that come, up to their end, a long pause or an interruption; what was sent is received in each case.</summary>
    public async Task<ScreenSummary> RunAsync(ChunkQueue<TChunk> chunks, IScreenSink<TChunk> sink, CancellationToken stop)
    {
        using var ending = new CancellationTokenSource();
        using var watchdog = new Watchdog(standstill, ending);
        await using var hurry = stop.Register(() => ending.CancelAfter(Grace));
        using var call = screen(ending.Token);
        watchdog.Expect();
        await TryWriteAsync(call.RequestStream, new ScreenAudienceRequest { Header = asked.Header, Position = asked.Position });
        var answers = new Answers(call.ResponseStream, watchdog, ending.Token);
        var start = await answers.NextAsync();
        Verdicts.Require(start?.PartCase is ScreenAudienceResponse.PartOneofCase.Start, $"{Name(start)} comes before the start");
        Verdicts.Require(asked.Position.Length == 0 || start!.Start.Position == asked.Position, "the start has another position than the list was begun with");
        sink.Begin(start!.Start);
        watchdog.Received();

        var sending = SendAsync(call.RequestStream, chunks, watchdog, ending, stop);
        try
        {
            return await ReceiveAsync(answers, chunks, sink, start.Start, watchdog);
        }
        catch (Exception) when (_sourceFailure is not null)
        {
            throw _sourceFailure;
        }
        finally
        {
            await ending.CancelAsync();
            await sending;
        }
    }

    private async Task<ScreenSummary> ReceiveAsync(
        Answers answers, ChunkQueue<TChunk> chunks, IScreenSink<TChunk> sink, ScreenStart start, Watchdog watchdog)
    {
        for (long number = 0; await answers.NextAsync() is { } part; number++)
        {
            if (part.PartCase == ScreenAudienceResponse.PartOneofCase.Summary)
            {
                watchdog.Received();
                Verdicts.Require(chunks.Oldest() is null, "the summary comes before all verdicts");
                Verdicts.Require(part.Summary.Position == start.Position, "the summary has another position than the start");
                _tally.Require(part.Summary);
                Verdicts.Require(await answers.NextAsync() is null, "more comes after the summary");
                return part.Summary;
            }

            Verdicts.Require(part.PartCase == ScreenAudienceResponse.PartOneofCase.Verdicts, $"{Name(part)} comes among the verdicts");
            Verdicts.Require(part.Verdicts.Chunk == number, $"verdicts on chunk {part.Verdicts.Chunk} come instead of those on chunk {number}");
            using (watchdog.Hold())
            {
                await AcceptAsync(part.Verdicts, chunks, sink);
            }

            watchdog.Received();
        }

        throw new IncompleteException("The service ended the stream without a summary: the list was not judged to its end.");
    }

    private async ValueTask AcceptAsync(ChunkVerdicts verdicts, ChunkQueue<TChunk> chunks, IScreenSink<TChunk> sink)
    {
        var chunk = chunks.Oldest();
        Verdicts.Require(chunk is not null, $"verdicts on chunk {verdicts.Chunk}, which was not sent");
        var answers = Verdicts.On(chunk!, verdicts, asked.Header.Reasons);
        foreach (var verdict in answers.All())
        {
            _tally.Add(verdict);
        }

        _tally.Add(verdicts);
        await sink.AcceptAsync(chunk!, verdicts, answers);
        chunks.Answered();
    }

    /// <summary>Ends without a fault of its own: why the service ended the call is told by what is received.</summary>
    private async Task SendAsync(
        IClientStreamWriter<ScreenAudienceRequest> stream, ChunkQueue<TChunk> chunks, Watchdog watchdog, CancellationTokenSource ending, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, stop);
        try
        {
            while (await chunks.TakeAsync(either.Token) is { } chunk)
            {
                watchdog.Expect();
                if (!await TryWriteAsync(stream, new ScreenAudienceRequest { Chunk = chunk.Message }))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The call has ended, or the user wants it to end.
        }
        catch (Exception error)
        {
            _sourceFailure = error;
            await ending.CancelAsync();
            return;
        }

        watchdog.Expect();
        await TryCompleteAsync(stream);
    }

    private static async Task<bool> TryWriteAsync(IClientStreamWriter<ScreenAudienceRequest> stream, ScreenAudienceRequest message)
    {
        try
        {
            await stream.WriteAsync(message);
            return true;
        }
        catch (Exception error) when (IsEnd(error))
        {
            return false;
        }
    }

    private static async Task TryCompleteAsync(IClientStreamWriter<ScreenAudienceRequest> stream)
    {
        try
        {
            await stream.CompleteAsync();
        }
        catch (Exception error) when (IsEnd(error))
        {
            // As above.
        }
    }

    /// <summary>A write to a connection that breaks just then fails as the transport does, not as a call.</summary>
    private static bool IsEnd(Exception error) =>
        error is RpcException or IOException or HttpRequestException or InvalidOperationException or OperationCanceledException;

    private static string Name(ScreenAudienceResponse? part) => part is null ? "the end" : $"a {part.PartCase.ToString().ToLowerInvariant()} message";

    /// <summary>The service's side of a call, without what is not known here.</summary>
    private sealed class Answers(IAsyncStreamReader<ScreenAudienceResponse> stream, Watchdog watchdog, CancellationToken cancellation)
    {
        public async Task<ScreenAudienceResponse?> NextAsync()
        {
            try
            {
                while (await stream.MoveNext(cancellation))
                {
                    if (stream.Current.PartCase != ScreenAudienceResponse.PartOneofCase.None)
                    {
                        return stream.Current;
                    }
                }

                return null;
            }
            catch (Exception error) when (watchdog.HasBitten && error is RpcException or OperationCanceledException)
            {
                throw watchdog.Complaint;
            }
        }
    }
}
