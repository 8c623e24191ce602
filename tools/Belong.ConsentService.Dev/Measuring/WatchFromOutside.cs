using System.Collections.Concurrent;
using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>A watch from the outside: notes when it was told first that a member may no longer, or again, be written to.</summary>
internal sealed class WatchFromOutside : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly CancellationTokenSource _end = new();
    private readonly AsyncServerStreamingCall<WatchDecisionsResponse> _call;
    private readonly ConcurrentDictionary<(string Member, bool IsAllowed), TaskCompletionSource<DateTime>> _awaited = new();
    private readonly TaskCompletionSource _current = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;

    private WatchFromOutside(ConsentAudience.ConsentAudienceClient client)
    {
        var use = MeasuredService.Ask(0);
        use.MemberId = "";
        _call = client.WatchDecisions(new WatchDecisionsRequest { Header = new AudienceHeader { Use = use } }, cancellationToken: _end.Token);
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Watching from now on.</summary>
    public static async Task<WatchFromOutside> StartAsync(ConsentAudience.ConsentAudienceClient client)
    {
        var told = new WatchFromOutside(client);
        await told._current.Task.WaitAsync(Patience);
        return told;
    }

    /// <summary>To be called before the change is made.</summary>
    /// <returns>When the watch told of it, by the clock of this machine.</returns>
    public Task<DateTime> ExpectAsync(int member, bool isAllowed)
    {
        var awaited = new TaskCompletionSource<DateTime>(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited[(MeasuredService.MemberId(member), isAllowed)] = awaited;
        return awaited.Task.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading;
        _call.Dispose();
        _end.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(_end.Token))
            {
                Take(_call.ResponseStream.Current, DateTime.UtcNow);
            }
        }
        catch (RpcException) when (_end.IsCancellationRequested)
        {
            // As intended.
        }
    }

    private void Take(WatchDecisionsResponse message, DateTime now)
    {
        if (message.Heartbeat is { IsCurrent: true })
        {
            _current.TrySetResult();
        }

        var changed = message.MembersChanged;
        for (var i = 0; changed is not null && i < changed.MemberIds.Count; i++)
        {
            if (_awaited.TryRemove((changed.MemberIds[i], (changed.Allowed[i / 8] & (1 << (i % 8))) != 0), out var awaited))
            {
                awaited.SetResult(now);
            }
        }
    }
}
