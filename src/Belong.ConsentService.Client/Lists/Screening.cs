using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Belong.Consent.V1;
using Belong.ConsentService.Client.Lists;

namespace Belong.ConsentService.Client;

/// <summary>
/// A list that is being screened, to be gone through once. Verdicts come in the order of the list, but those who could not be
/// decided come at the end. A list that ends without an error was read to its end; whether all of it has verdicts that rest on
/// facts, and from where to watch, <see cref="Complete"/> tells.
/// </summary>
public sealed class Screening : IAsyncEnumerable<MemberVerdict>
{
    private const int ChunksAhead = 4;
    private const int PreferredChunkMembers = 1_000;

    private readonly ListCalls _calls;
    private readonly IAsyncEnumerable<string> _members;
    private readonly Func<CancellationToken, Task<GetServerInfoResponse>> _info;
    private ScreeningRun? _run;
    private bool _hasEnded;
    private int _begun;

    internal Screening(ListCalls calls, IAsyncEnumerable<string> members, Func<CancellationToken, Task<GetServerInfoResponse>> info) =>
        (_calls, _members, _info) = (calls, members, info);

    /// <summary>What the whole list came to.</summary>
    /// <exception cref="InvalidOperationException">It was not gone through to its end.</exception>
    /// <exception cref="ScreeningIncompleteException">Facts on some members could not be read.</exception>
    public CompletedScreening Complete()
    {
        if (!_hasEnded)
        {
            throw new InvalidOperationException("The screening was not gone through to its end: nothing that came so far is final.");
        }

        var undecided = _run!.Tally.Undecided;
        return undecided == 0
            ? new CompletedScreening(_run)
            : throw new ScreeningIncompleteException($"Facts on {undecided:N0} of {_run.Tally.Members:N0} members could not be read: screen these again.");
    }

    /// <inheritdoc/>
    public async IAsyncEnumerator<MemberVerdict> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            throw new InvalidOperationException("A screening can be gone through once.");
        }

        var chunkMembers = (await _info(cancellationToken)).MaxChunkMembers is > 0 and var limit ? Math.Min(limit, PreferredChunkMembers) : PreferredChunkMembers;
        var output = System.Threading.Channels.Channel.CreateBounded<IReadOnlyList<MemberVerdict>>(new BoundedChannelOptions(ChunksAhead) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _run = new ScreeningRun(_calls, chunkMembers, output.Writer);
        var running = JudgeAsync(_run, output.Writer, stop.Token);
        try
        {
            await foreach (var chunk in output.Reader.ReadAllAsync(cancellationToken))
            {
                foreach (var verdict in chunk)
                {
                    yield return verdict;
                }
            }

            if (await running is { } failure)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ExceptionDispatchInfo.Throw(failure);
            }

            _hasEnded = true;
        }
        finally
        {
            await stop.CancelAsync();
            output.Writer.TryComplete();
            // Whoever does not read on must not hold up what writes.
            while (output.Reader.TryRead(out _))
            {
            }

            await running;
        }
    }

    /// <returns>Why it failed; null when it did not.</returns>
    private async Task<Exception?> JudgeAsync(ScreeningRun run, ChannelWriter<IReadOnlyList<MemberVerdict>> output, CancellationToken stop)
    {
        try
        {
            await run.RunAsync(_members, stop);
            return null;
        }
        catch (Exception e)
        {
            return Calls.Failures.OfStream(e);
        }
        finally
        {
            output.TryComplete();
        }
    }
}

/// <summary>A list that was judged to its end, every member by facts.</summary>
public sealed class CompletedScreening
{
    internal CompletedScreening(ScreeningRun run)
    {
        Position = run.Position;
        MemberCount = run.Tally.Members;
        CandidateCount = run.Tally.Allowed;
        Obligations = [.. run.Tally.Obligations.Select(number => (Obligation)number)];
        Totals = run.Tally.ByReason.ToDictionary(total => (ReasonCode)total.Key, total => total.Value);
    }

    /// <summary>Watch from here before anything is sent: it covers all verdicts.</summary>
    public string Position { get; }

    /// <summary>How many members were judged.</summary>
    public long MemberCount { get; }

    /// <summary>How many of them are allowed.</summary>
    public long CandidateCount { get; }

    /// <summary>What must be done along with the permissions.</summary>
    public IReadOnlyList<Obligation> Obligations { get; }

    /// <summary>How many members have each primary reason.</summary>
    public IReadOnlyDictionary<ReasonCode, long> Totals { get; }

    /// <summary>Throws unless each obligation is named.</summary>
    /// <param name="honoured">Each obligation that the program does meet.</param>
    /// <exception cref="ObligationNotHonouredException">It comes with another one.</exception>
    public void RequireHonoured(params ReadOnlySpan<Obligation> honoured) => Terms.RequireAll(Obligations, honoured);
}
