using Belong.Consent.V1;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Client.Lists;
using Belong.ConsentService.Client.Calls;
using Grpc.Core;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>What is to be watched.</summary>
/// <param name="Header">What is asked.</param>
/// <param name="Position">Where to go on from; empty for now.</param>
/// <param name="List">Whom to tell of; null for all.</param>
/// <param name="PositionFile">Where to keep how far it is; null when nobody wants to know.</param>
/// <param name="OnlyRefused">Tell only of who is refused now.</param>
/// <param name="UntilCurrent">End once all changes so far were told.</param>
/// <param name="Retry">How long a lost connection is tried anew.</param>
/// <param name="Standstill">How long the service may say nothing.</param>
internal sealed record WatchPlan(
    AudienceHeader Header,
    string Position,
    MemberList? List,
    string? PositionFile,
    bool OnlyRefused,
    bool UntilCurrent,
    TimeSpan Retry,
    Standstill Standstill);

/// <summary>Something changed that all answers rest on, while the caller wanted to know who left.</summary>
internal sealed class EverythingChangedException : Exception;

/// <summary>Facts on some members could not be read, so that it is not known who left.</summary>
internal sealed class UndecidedException(int members) : LapseException($"Facts on {members:N0} members could not be read: who left is not known.");

/// <summary>
/// Follows the changes over as many calls as connections are lost. A position is kept only after the lines before it were
/// written; with an end in view, only at the end.
/// </summary>
internal sealed class Watching(Invocation invocation, WatchPlan plan, WatchOutput output)
{
    private readonly Patience _connection = new(invocation.Host.Clock, plan.Retry);
    private readonly Patience _facts = new(invocation.Host.Clock, plan.Retry);
    private readonly HashSet<string> _undecided = new(StringComparer.Ordinal);
    private bool _hasBegun;

    public string Position { get; private set; } = plan.Position;

    /// <summary>Who of the list is refused by the last answer.</summary>
    public HashSet<string> Left { get; } = new(StringComparer.Ordinal);

    /// <summary>Members that were told of.</summary>
    public long Told { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await FollowAsync(stop);
                return;
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.FailedPrecondition)
            {
                throw new IncompleteException($"What changed since the position cannot be told any more, screen the list again: {error.Status.Detail}");
            }
            catch (Exception error) when (_hasBegun && Patience.IsWorthwhile(error) && !stop.IsCancellationRequested)
            {
                output.Lost(error);
                await (error is UndecidedException ? _facts : _connection).WaitAsync(error, stop);
            }
        }
    }

    /// <summary>One call; ends when all was told, if that is wanted.</summary>
    private async Task FollowAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var watchdog = new Watchdog(plan.Standstill, ending);
        var request = new WatchDecisionsRequest { Header = plan.Header, Position = Position };
        using var call = invocation.Audience.WatchDecisions(request, invocation.StreamOptions(ending.Token));
        watchdog.Expect();
        while (await NextAsync(call.ResponseStream, watchdog, ending.Token))
        {
            watchdog.Received();
            _hasBegun = true;
            if (Handle(call.ResponseStream.Current))
            {
                return;
            }

            watchdog.Expect();
        }

        throw new LapseException("The service ended the watch.");
    }

    private static async Task<bool> NextAsync(
        IAsyncStreamReader<WatchDecisionsResponse> stream, Watchdog watchdog, CancellationToken cancellation)
    {
        try
        {
            return await stream.MoveNext(cancellation);
        }
        catch (Exception error) when (watchdog.HasBitten && error is RpcException or OperationCanceledException)
        {
            throw watchdog.Complaint;
        }
    }

    private bool Handle(WatchDecisionsResponse response)
    {
        switch (response.EventCase)
        {
            case WatchDecisionsResponse.EventOneofCase.MembersChanged:
                Tell(response.MembersChanged);
                return false;
            case WatchDecisionsResponse.EventOneofCase.EverythingChanged:
                output.Everything(response.EverythingChanged);
                Keep(response.EverythingChanged.Position);
                return plan.UntilCurrent ? throw new EverythingChangedException() : false;
            case WatchDecisionsResponse.EventOneofCase.Heartbeat:
                output.Heartbeat(response.Heartbeat);
                Keep(response.Heartbeat.Position);
                _connection.Succeeded();
                return plan.UntilCurrent && response.Heartbeat.IsCurrent && IsDecided();
            default:
                return false;
        }
    }

    private void Tell(MembersChanged changed)
    {
        foreach (var verdict in Verdicts.On(changed, plan.Header.Reasons).All())
        {
            var id = changed.MemberIds[verdict.Index];
            if (plan.List?.Contains(id) == false)
            {
                continue;
            }

            Told++;
            Remember(id, verdict);
            if (!verdict.IsAllowed || !plan.OnlyRefused)
            {
                output.Member(id, verdict, changed.EvaluatedAt);
            }
        }
    }

    /// <summary>The last answer counts.</summary>
    private void Remember(string id, in Verdict verdict)
    {
        if (plan.UntilCurrent)
        {
            _ = verdict.IsAllowed ? Left.Remove(id) : Left.Add(id);
            _ = verdict.IsUndecided ? _undecided.Add(id) : _undecided.Remove(id);
        }
    }

    private void Keep(string position)
    {
        output.Flush();
        if (position.Length == 0 || position == Position)
        {
            return;
        }

        Position = position;
        if (plan.PositionFile is not null && !plan.UntilCurrent)
        {
            PositionFile.Write(plan.PositionFile, position);
        }
    }

    /// <summary>Whom facts could not be read of is told of anew from the beginning.</summary>
    private bool IsDecided()
    {
        if (_undecided.Count == 0)
        {
            return true;
        }

        var count = _undecided.Count;
        _undecided.Clear();
        Left.Clear();
        Position = plan.Position;
        throw new UndecidedException(count);
    }
}
