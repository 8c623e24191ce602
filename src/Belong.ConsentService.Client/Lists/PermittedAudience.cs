using Belong.Consent.V1;
using Belong.ConsentService.Client.Lists;

namespace Belong.ConsentService.Client;

/// <summary>
/// Who of a list is allowed, to be sent to in waves. Before each wave all changes since are taken in, for the whole rest of the
/// list: there is no way to the ids around it. Whoever left does not come back. For one task at a time; a wave may be taken
/// from by several.
/// </summary>
public sealed class PermittedAudience
{
    private readonly ListCalls _calls;
    private readonly Func<IAsyncEnumerable<string>, Screening> _screen;
    private readonly Obligation[] _honoured;
    private readonly Dictionary<string, ReasonCode> _left = new(StringComparer.Ordinal);
    private readonly HashSet<string> _uncertain = new(StringComparer.Ordinal);
    private HashSet<string> _members = new(StringComparer.Ordinal);
    private Queue<string> _order = new();
    private Wave? _wave;
    private string _position = "";

    internal PermittedAudience(ListCalls calls, Func<IAsyncEnumerable<string>, Screening> screen, IReadOnlyCollection<Obligation> honoured) =>
        (_calls, _screen, _honoured) = (calls, screen, [.. honoured]);

    /// <summary>Ids that were not handed out yet, as far as is known now.</summary>
    public int Count => _members.Count;

    /// <summary>What the first screening came to.</summary>
    public CompletedScreening Screened { get; private set; } = null!;

    /// <summary>Who left since the list was screened, and why.</summary>
    public IReadOnlyDictionary<string, ReasonCode> Left => _left;

    /// <summary>
    /// Takes in all changes that were recorded before the call, which takes some two seconds, and then hands out the next members. What was not taken of the wave before, because too
    /// much time went by, is handed out again. After it was cancelled or failed it may be called again.
    /// </summary>
    /// <param name="maxMembers">At the most; so many as are sent within the <see cref="Wave.Validity"/> of a wave.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>Null when nobody is left.</returns>
    /// <exception cref="ScreeningIncompleteException">Facts on some members could not be read: call it again later.</exception>
    public async Task<Wave?> NextWaveAsync(int maxMembers, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMembers, 1);
        TakeBack();
        if (_members.Count == 0)
        {
            return null;
        }

        var current = await CatchUpAsync(cancellation);
        var next = new Queue<string>();
        while (next.Count < maxMembers && _order.TryDequeue(out var id))
        {
            if (_members.Remove(id))
            {
                next.Enqueue(id);
            }
        }

        _wave = next.Count > 0 ? new Wave(next, current) : null;
        return _wave;
    }

    internal async Task BeginAsync(IAsyncEnumerable<string> members, CancellationToken cancellation)
    {
        var allowed = new HashSet<string>(StringComparer.Ordinal);
        Screened = await JudgeAsync(members, verdict =>
        {
            if (verdict is CandidateVerdict && allowed.Add(verdict.MemberId))
            {
                _order.Enqueue(verdict.MemberId);
            }
        }, cancellation);
        (_members, _position) = (allowed, Screened.Position);
    }

    private void TakeBack()
    {
        foreach (var id in _wave?.GiveBack() ?? [])
        {
            if (_members.Add(id))
            {
                _order.Enqueue(id);
            }
        }

        _wave = null;
    }

    /// <summary>Until all is told that was recorded before the call.</summary>
    /// <returns>The moment that the wave counts from.</returns>
    private async Task<AskedAt> CatchUpAsync(CancellationToken cancellation)
    {
        var begun = _calls.Clock.GetTimestamp();
        var watch = new WatchCalls(_calls, _position, _calls.Options.StreamRetry);
        try
        {
            while (true)
            {
                // What comes was sent after this: by the age that it tells, all is known up to the beginning.
                var (since, asked) = (_calls.Clock.GetElapsedTime(begun), new AskedAt(_calls.Clock));
                switch (await watch.NextAsync(cancellation))
                {
                    case MembersJudged judged:
                        Note(judged);
                        break;
                    case EverythingJudgedAnew:
                        // The answers so far rest on what is no more; the new ones are watched from their own position.
                        _position = await JudgeAnewAsync(_members, cancellation);
                        _uncertain.Clear();
                        watch.Dispose();
                        watch = new WatchCalls(_calls, _position, _calls.Options.StreamRetry);
                        break;
                    case WatchProgress { IsCurrent: true } progress when progress.Age <= since:
                        await DecideAsync(cancellation);
                        _position = progress.Position;
                        return asked;
                }
            }
        }
        finally
        {
            watch.Dispose();
        }
    }

    /// <summary>Asks those again of whom the watch could not tell.</summary>
    private async Task DecideAsync(CancellationToken cancellation)
    {
        if (_uncertain.Count > 0)
        {
            await JudgeAnewAsync(_uncertain, cancellation);
            _uncertain.Clear();
        }
    }

    /// <summary>Screens members of the audience again, and drops who is refused; all or nothing.</summary>
    /// <returns>The position of the screening.</returns>
    private async Task<string> JudgeAnewAsync(IReadOnlyCollection<string> members, CancellationToken cancellation)
    {
        var refused = new List<MemberVerdict>();
        var completed = await JudgeAsync(members.ToAsyncEnumerable(), verdict =>
        {
            if (verdict is not CandidateVerdict)
            {
                refused.Add(verdict);
            }
        }, cancellation);
        refused.ForEach(Drop);
        return completed.Position;
    }

    private async Task<CompletedScreening> JudgeAsync(IAsyncEnumerable<string> members, Action<MemberVerdict> take, CancellationToken cancellation)
    {
        var screening = _screen(members);
        await foreach (var verdict in screening.WithCancellation(cancellation))
        {
            take(verdict);
        }

        var completed = screening.Complete();
        completed.RequireHonoured(_honoured);
        return completed;
    }

    private void Note(MembersJudged judged)
    {
        foreach (var verdict in judged.Verdicts.Where(verdict => _members.Contains(verdict.MemberId)))
        {
            if (verdict is UndecidedVerdict)
            {
                _uncertain.Add(verdict.MemberId);
            }
            else
            {
                _uncertain.Remove(verdict.MemberId);
                if (verdict is RefusedVerdict)
                {
                    Drop(verdict);
                }
            }
        }
    }

    private void Drop(MemberVerdict verdict)
    {
        if (_members.Remove(verdict.MemberId))
        {
            _left[verdict.MemberId] = verdict.Reason;
        }
    }
}
