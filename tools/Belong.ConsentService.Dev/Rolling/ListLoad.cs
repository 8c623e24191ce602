using Belong.Consent.V1;
using Belong.ConsentService.Dev.Measuring;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Rolling;

/// <summary>Lists that take longer than a drain: whoever is told STOPPING goes on with the first chunk that was not answered.</summary>
internal sealed class ListLoad(ConsentAudience.ConsentAudienceClient client)
{
    private const int ChunkMembers = 100;
    private const int Chunks = 40;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public CallTally Lists { get; } = new("lists of 4,000");

    public async Task RunAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await ScreenAsync();
        }
    }

    private async Task ScreenAsync()
    {
        var progress = new Progress();
        while (progress.Answered < Chunks)
        {
            try
            {
                await ScreenRestAsync(progress);
                break;
            }
            catch (RpcException e) when (CallTally.IsStopping(e))
            {
                Lists.GoOn();
            }
            catch (RpcException e)
            {
                Lists.Lose(e);
                return;
            }
        }

        Lists.Answer();
        if (progress.Answered != Chunks)
        {
            Lists.Blame($"a list came back with {progress.Answered} of {Chunks} chunks");
        }
    }

    private async Task ScreenRestAsync(Progress progress)
    {
        using var call = client.ScreenAudience();
        var sending = SendAsync(call.RequestStream, progress);
        var (first, summarised) = (progress.Answered, false);
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            var part = call.ResponseStream.Current;
            if (part.Start is { } start)
            {
                progress.Position = progress.Position.Length == 0 ? start.Position : progress.Position;
            }
            else if (part.Verdicts is { } verdicts)
            {
                Judge(progress.Answered, verdicts, first);
                progress.Answered++;
            }
            else if (part.Summary is { } summary)
            {
                summarised = summary.IsComplete && summary.MemberCount == (Chunks - first) * ChunkMembers;
            }
        }

        await sending;
        if (!summarised)
        {
            Lists.Blame("a list ended without the summary of all of it");
        }
    }

    private static async Task SendAsync(IClientStreamWriter<ScreenAudienceRequest> stream, Progress progress)
    {
        try
        {
            await stream.WriteAsync(new ScreenAudienceRequest
            {
                Header = new AudienceHeader { Use = Question(), Reasons = ReasonDetail.Primary },
                Position = progress.Position,
            });
            for (var chunk = progress.Answered; chunk < Chunks; chunk++)
            {
                await stream.WriteAsync(new ScreenAudienceRequest { Chunk = new MemberChunk { MemberIds = { Members(chunk).Select(MeasuredService.MemberId) } } });
                await Task.Delay(Pause);
            }

            await stream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException)
        {
            // Why the stream ended is told by what is received.
        }
    }

    private void Judge(int chunk, ChunkVerdicts verdicts, int first)
    {
        if (verdicts.Chunk != chunk - first || verdicts.MemberCount != ChunkMembers)
        {
            Lists.Blame($"verdicts on {verdicts.MemberCount} members of chunk {verdicts.Chunk + first} where those on chunk {chunk} were due");
            return;
        }

        var index = 0;
        foreach (var number in Members(chunk))
        {
            if ((verdicts.Allowed[index / 8] & (1 << (index % 8))) != 0 != ToggledMembers.IsAllowedAtFirst(number))
            {
                Lists.Blame($"member {number} was judged {(ReasonCode)verdicts.PrimaryReasons[index]}");
            }

            index++;
        }
    }

    internal static CheckUseRequest Question() => new() { Purposes = { Purpose.DirectMarketing }, Channel = Consent.V1.Channel.Postal };

    private static IEnumerable<int> Members(int chunk) => Enumerable.Range(1 + (chunk * ChunkMembers), ChunkMembers);

    private sealed class Progress
    {
        public string Position { get; set; } = "";

        public int Answered { get; set; }
    }
}
