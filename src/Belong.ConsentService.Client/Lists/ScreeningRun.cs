using System.Threading.Channels;
using Belong.Consent.V1;
using Belong.ConsentService.Client.Calls;
using Grpc.Core;

namespace Belong.ConsentService.Client.Lists;

/// <summary>
/// Judges a whole list: over as many streams as connections are lost, and once more for those who could not be decided. Holds
/// a few chunks, and no more undecided members than a bound; those above it are told as undecided.
/// </summary>
internal sealed class ScreeningRun(ListCalls calls, int chunkMembers, ChannelWriter<IReadOnlyList<MemberVerdict>> output) : IScreenSink<ListChunk>
{
    private const int MaxPasses = 3;
    private const int MaxHeld = 100_000;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly Patience _patience = new(calls.Clock, calls.Options.StreamRetry);
    private List<string> _held = [];
    private int _pass;

    /// <summary>Of what was told.</summary>
    public Tally Tally { get; } = new();

    /// <summary>Of the first start: covers all verdicts.</summary>
    public string Position { get; private set; } = "";

    public async Task RunAsync(IAsyncEnumerable<string> members, CancellationToken stop)
    {
        await JudgeAsync(members, stop);
        for (_pass = 1; _held.Count > 0; _pass++)
        {
            var again = _held;
            _held = [];
            await Task.Delay(FirstPause * Math.Pow(2, _pass - 1), calls.Clock, stop);
            await JudgeAsync(again.ToAsyncEnumerable(), stop);
        }
    }

    public void Begin(ScreenStart start)
    {
        if (start.Position.Length == 0)
        {
            throw new LapseException("The service can read neither PostgreSQL nor Redis.");
        }

        Position = start.Position;
    }

    public ValueTask AcceptAsync(ListChunk chunk, ChunkVerdicts verdicts, Verdicts answers)
    {
        var told = new List<MemberVerdict>(chunk.Count);
        foreach (var verdict in answers.All())
        {
            var id = chunk.Message.MemberIds[verdict.Index];
            if (verdict.IsUndecided && _pass < MaxPasses && _held.Count < MaxHeld)
            {
                _held.Add(id);
                continue;
            }

            Tally.Add(verdict);
            told.Add(MemberVerdict.Of(id, verdict));
        }

        Tally.Add(verdicts);
        _patience.Succeeded();
        return output.WriteAsync(told);
    }

    private async Task JudgeAsync(IAsyncEnumerable<string> members, CancellationToken stop)
    {
        await using var list = members.GetAsyncEnumerator(stop);
        using var chunks = new ChunkQueue<ListChunk>(new MemberSource(list, chunkMembers).ReadAsync, calls.Clock);
        while (true)
        {
            try
            {
                chunks.Rewind();
                await new ScreenStream<ListChunk>(calls.Screen, new ScreenCall(calls.Header, Position), calls.Standstill).RunAsync(chunks, this, stop);
                if (!await chunks.WaitAsync(stop))
                {
                    return;
                }

                stop.ThrowIfCancellationRequested();
            }
            catch (Exception error) when (Patience.IsWorthwhile(error) && !stop.IsCancellationRequested)
            {
                await _patience.WaitAsync(error, stop);
            }
        }
    }
}
