using System.Collections.Concurrent;
using Belong.Consent.V1;
using Belong.ConsentService.Dev.Measuring;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Rolling;

/// <summary>A watch over all restarts: told STOPPING, it goes on from its last position. At the end it must hold what is so.</summary>
internal sealed class WatchLoad(ConsentAudience.ConsentAudienceClient client, CallTally tally)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);
    private volatile string _position = "";
    private volatile bool _hasGap;

    /// <summary>It has a position to go on from.</summary>
    public bool HasBegun => _position.Length > 0;

    public async Task RunAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await ReadAsync(end);
            }
            catch (RpcException e) when (end.IsCancellationRequested && e.StatusCode == StatusCode.Cancelled)
            {
                return;
            }
            catch (RpcException e) when (CallTally.IsStopping(e))
            {
                tally.GoOn();
            }
            catch (RpcException e)
            {
                tally.Lose(e);
            }
        }
    }

    /// <summary>Waits for a while until it holds of every member what is so.</summary>
    public async Task JudgeAsync(ToggledMembers members)
    {
        var started = TimeProvider.System.GetTimestamp();
        int wrong;
        do
        {
            await Task.Delay(Look);
            wrong = Enumerable.Range(0, ToggledMembers.Count).Count(index => Held(index) != members.IsAllowed(index));
        }
        while (wrong > 0 && TimeProvider.System.GetElapsedTime(started) < Patience);
        if (wrong > 0 || _hasGap)
        {
            tally.Blame(_hasGap ? "all was told to have changed" : $"of {wrong} members a change was never told");
        }
        else
        {
            tally.Answer();
        }
    }

    private bool Held(int index)
    {
        var number = ToggledMembers.NumberOf(index);
        return _told.TryGetValue(MeasuredService.MemberId(number), out var isAllowed) ? isAllowed : ToggledMembers.IsAllowedAtFirst(number);
    }

    private async Task ReadAsync(CancellationToken end)
    {
        using var call = client.WatchDecisions(
            new WatchDecisionsRequest { Header = new AudienceHeader { Use = ListLoad.Question() }, Position = _position }, cancellationToken: end);
        while (await call.ResponseStream.MoveNext(end))
        {
            var told = call.ResponseStream.Current;
            if (told.MembersChanged is { } changed)
            {
                for (var i = 0; i < changed.MemberIds.Count; i++)
                {
                    _told[changed.MemberIds[i]] = (changed.Allowed[i / 8] & (1 << (i % 8))) != 0;
                }
            }
            else if (told.Heartbeat is { Position.Length: > 0 } heartbeat)
            {
                _position = heartbeat.Position;
            }
            else if (told.EverythingChanged is not null)
            {
                _hasGap = true;
            }
        }
    }
}
