using System.Collections.Concurrent;
using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>A watch from the outside: notes when it was told first that a member may no longer, or again, be written to.</summary>
internal sealed class WatchFromOutside : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _end = new();
    private readonly AsyncServerStreamingCall<WatchDecisionsResponse> _call;
    private readonly ConcurrentDictionary<(string Member, bool IsAllowed), TaskCompletionSource<DateTime>> _awaited = new();
    private readonly TaskCompletionSource<DateTime> _current = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DateTime> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;

    private WatchFromOutside(ConsentAudience.ConsentAudienceClient client)
    {
        var use = MeasuredService.Ask(0);
        use.MemberId = "";
        _call = client.WatchDecisions(new WatchDecisionsRequest { Header = new AudienceHeader { Use = use } }, cancellationToken: _end.Token);
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Watching from now on.</summary>
    /// <exception cref="InvalidOperationException">The watch was refused, has ended, or is not current.</exception>
    public static async Task<WatchFromOutside> StartAsync(ConsentAudience.ConsentAudienceClient client)
    {
        var watch = new WatchFromOutside(client);
        try
        {
            await watch.UntilAsync(watch._current.Task, "say that it is current");
            return watch;
        }
        catch
        {
            await watch.DisposeAsync();
            throw;
        }
    }

    /// <summary>To be called before the change is made.</summary>
    /// <returns>When the watch told of it, by the clock of this machine; fails as soon as the watch ends.</returns>
    public Task<DateTime> ExpectAsync(int member, bool isAllowed)
    {
        var awaited = new TaskCompletionSource<DateTime>(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited[(MeasuredService.MemberId(member), isAllowed)] = awaited;
        return UntilAsync(awaited.Task, $"tell of {MeasuredService.MemberId(member)}");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading;
        _call.Dispose();
        _end.Dispose();
    }

    private async Task<DateTime> UntilAsync(Task<DateTime> awaited, string what)
    {
        try
        {
            return await await Task.WhenAny(awaited, _ended.Task).WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"the watch did not {what} within {Patience.TotalSeconds:F0} s");
        }
    }

    private async Task ReadAsync()
    {
        var how = "without a status";
        try
        {
            while (await _call.ResponseStream.MoveNext(_end.Token))
            {
                Take(_call.ResponseStream.Current, DateTime.UtcNow);
            }
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException)
        {
            how = e is RpcException { Status: var status } ? $"{status.StatusCode}: {status.Detail}" : e.Message;
        }

        _ended.SetException(new InvalidOperationException($"the watch has ended: {how}"));
        _ = _ended.Task.Exception;
    }

    private void Take(WatchDecisionsResponse message, DateTime now)
    {
        if (message.Heartbeat is { IsCurrent: true })
        {
            _current.TrySetResult(now);
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
