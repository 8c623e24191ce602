using Belong.Consent.V1;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Client.Lists;
using Belong.ConsentService.Client.Calls;
using Grpc.Core;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>How a list is to be screened.</summary>
/// <param name="Header">What is asked.</param>
/// <param name="Chunks">What is asked at once.</param>
/// <param name="AskAgain">How often those who could not be decided are asked again.</param>
/// <param name="Retry">How long a lost connection is tried anew.</param>
/// <param name="Standstill">How long the service may owe an answer.</param>
internal sealed record ScreenPlan(AudienceHeader Header, ChunkLimits Chunks, int AskAgain, TimeSpan Retry, Standstill Standstill);

/// <summary>
/// Screens a whole list: over as many streams as connections are lost, and once more for those who could not be decided.
/// After each chunk first the outputs are written and then the state.
/// </summary>
internal sealed class Screening(Invocation invocation, ScreenPlan plan, ScreenFiles files, ScreenState state, ScreenProgress progress) : IScreenSink<IdChunk>
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly Patience _patience = new(invocation.Host.Clock, plan.Retry);
    private long _passStartBytes;

    private bool IsLastPass => state.Pass >= plan.AskAgain;

    public async Task RunAsync(IdLines list, CancellationToken stop)
    {
        if (state.Pass == 0)
        {
            await JudgeAsync(list, stop);
            state.Input = list.Point;
        }
        else
        {
            await AskAgainAsync(stop);
        }

        while (files.Again.Point.Bytes > state.PassEndBytes)
        {
            BeginPass();
            await PauseAsync(stop);
            await AskAgainAsync(stop);
        }
    }

    public void Begin(ScreenStart start)
    {
        if (start.Position.Length == 0)
        {
            throw new LapseException("The service can read neither PostgreSQL nor Redis.");
        }

        state.Starts++;
        state.Position = start.Position;
    }

    public ValueTask AcceptAsync(IdChunk chunk, ChunkVerdicts verdicts, Verdicts answers)
    {
        foreach (var verdict in answers.All())
        {
            Write(chunk.Raw(verdict.Index), verdict);
        }

        state.Tally.Add(verdicts);
        if (state.Pass == 0)
        {
            state.Input = chunk.End;
        }
        else
        {
            state.AgainBytes = _passStartBytes + chunk.End.Bytes;
        }

        files.Keep(state);
        progress.Show(state);
        _patience.Succeeded();
        return ValueTask.CompletedTask;
    }

    private void Write(ReadOnlySpan<byte> id, in Verdict verdict)
    {
        if (verdict.IsUndecided && !IsLastPass)
        {
            files.Again.Add(id);
            files.Again.Add("\n"u8);
            return;
        }

        state.Tally.Add(verdict);
        if (verdict.IsAllowed)
        {
            files.Allowed.Add(id);
            files.Allowed.Add("\n"u8);
        }
        else
        {
            files.Refused?.Add(id, verdict);
        }
    }

    private async Task JudgeAsync(IdLines source, CancellationToken stop)
    {
        using var chunks = new ChunkQueue<IdChunk>(source.ReadAsync, invocation.Host.Clock);
        while (true)
        {
            try
            {
                chunks.Rewind();
                var summary = await JudgeOnceAsync(chunks, stop);
                files.Words.Learn(summary.Explanations);
                if (!await chunks.WaitAsync(stop))
                {
                    return;
                }

                stop.ThrowIfCancellationRequested();
            }
            catch (Exception error) when (Patience.IsWorthwhile(error) && !stop.IsCancellationRequested)
            {
                progress.Note(error is RpcException ? ScreenNote.ConnectionLost : ScreenNote.ServiceSilent);
                await _patience.WaitAsync(error, stop);
            }
        }
    }

    private async Task<ScreenSummary> JudgeOnceAsync(ChunkQueue<IdChunk> chunks, CancellationToken stop)
    {
        try
        {
            var stream = new ScreenStream<IdChunk>(
                ending => invocation.Audience.ScreenAudience(invocation.StreamOptions(ending)), new ScreenCall(plan.Header, state.Position), plan.Standstill);
            return await stream.RunAsync(chunks, this, stop);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.FailedPrecondition)
        {
            throw new AnewException($"What changed since the screening was begun cannot be told any more: {error.Status.Detail}");
        }
    }

    private async Task AskAgainAsync(CancellationToken stop)
    {
        _passStartBytes = state.AgainBytes;
        using var queue = files.OpenAgain(plan.Chunks, state);
        await JudgeAsync(queue, stop);
    }

    private void BeginPass()
    {
        state.Pass++;
        (state.AgainBytes, state.PassEndBytes) = (state.PassEndBytes, files.Again.Point.Bytes);
        files.Keep(state);
    }

    private Task PauseAsync(CancellationToken stop)
    {
        progress.Note(ScreenNote.Undecided);
        return Task.Delay(FirstPause * Math.Pow(2, state.Pass - 1), invocation.Host.Clock, stop);
    }
}
