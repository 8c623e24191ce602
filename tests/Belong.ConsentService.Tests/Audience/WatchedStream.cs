using Belong.Consent.V1;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;

namespace Belong.ConsentService.Tests.Audience;

/// <summary>A watch as its caller sees it: keeps what came.</summary>
internal sealed class WatchedStream : IAsyncDisposable
{
    private readonly AsyncServerStreamingCall<WatchDecisionsResponse> _call;
    private readonly List<WatchDecisionsResponse> _events = [];
    private readonly Dictionary<string, (bool IsAllowed, ReasonCode Reason)> _answers = new(StringComparer.Ordinal);
    private readonly Task<RpcException?> _reading;

    private WatchedStream(AsyncServerStreamingCall<WatchDecisionsResponse> call)
    {
        _call = call;
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>May these members be written to about products (purpose 3) by e-mail?</summary>
    public static AudienceHeader Mail => new()
    {
        Use = new CheckUseRequest { Purposes = { Purpose.DirectMarketing }, Channel = Consent.V1.Channel.Email },
        Reasons = ReasonDetail.All,
    };

    /// <summary>May a name go to the contractor that packs and sends?</summary>
    public static AudienceHeader Carrier => new()
    {
        Disclosure = new CheckDisclosureRequest { Purposes = { Purpose.ServiceDelivery }, RecipientId = "V-CARRIER", Capacity = Capacity.Contractor, Items = { DataItem.Name } },
        Reasons = ReasonDetail.Primary,
    };

    public IReadOnlyList<WatchDecisionsResponse> Events
    {
        get
        {
            lock (_events)
            {
                return [.. _events];
            }
        }
    }

    public IEnumerable<WatchHeartbeat> Heartbeats => Events.Where(e => e.Heartbeat is not null).Select(e => e.Heartbeat);

    public IEnumerable<EverythingChanged> Everything => Events.Where(e => e.EverythingChanged is not null).Select(e => e.EverythingChanged);

    public WatchHeartbeat? LastHeartbeat => Heartbeats.LastOrDefault();

    public IEnumerable<string> Told => Events.Where(e => e.MembersChanged is not null).SelectMany(e => e.MembersChanged.MemberIds);

    /// <summary>Members told of at least once.</summary>
    public int ToldCount
    {
        get
        {
            lock (_events)
            {
                return _answers.Count;
            }
        }
    }

    public bool HasEnded => _reading.IsCompleted;

    public static WatchedStream Open(ServiceInstance instance, string position = "", AudienceHeader? header = null) =>
        new(new ConsentAudience.ConsentAudienceClient(instance.Channel).WatchDecisions(new WatchDecisionsRequest { Header = header ?? Mail, Position = position }));

    /// <summary>A watch that has told all there was.</summary>
    public static async Task<WatchedStream> OpenCurrentAsync(ServiceInstance instance, string position = "", AudienceHeader? header = null)
    {
        var watched = Open(instance, position, header);
        await watched.UntilCurrentAsync();
        return watched;
    }

    /// <summary>What was said of the member last; null when nothing was.</summary>
    public (bool IsAllowed, ReasonCode Reason)? AnswerOf(string member)
    {
        lock (_events)
        {
            return _answers.TryGetValue(member, out var answer) ? answer : null;
        }
    }

    public Task UntilAsync(Func<WatchedStream, bool> condition) => Waiting.UntilAsync(() =>
    {
        Assert.False(HasEnded && !condition(this), $"the watch has ended: {(HasEnded ? _reading.Result : null)}");
        return Task.FromResult(condition(this));
    }, this);

    public Task UntilCurrentAsync() => UntilAsync(watched => watched.LastHeartbeat is { IsCurrent: true });

    public Task UntilToldAsync(string member, bool isAllowed) => UntilAsync(watched => watched.AnswerOf(member)?.IsAllowed == isAllowed);

    /// <summary>Waits until a heartbeat says that all that was committed before now was told.</summary>
    public async Task UntilCaughtUpAsync()
    {
        // The age is of when it was sent: what is younger began after now.
        var started = TimeProvider.System.GetTimestamp();
        var seen = Events.Count;
        await UntilAsync(watched => watched.Events.Skip(seen).Any(e => e.Heartbeat is { IsCurrent: true } beat
            && TimeSpan.FromMilliseconds(beat.AgeMs) < TimeProvider.System.GetElapsedTime(started)));
    }

    /// <summary>How the watch ended.</summary>
    public async Task<RpcException> EndAsync() =>
        await _reading.WaitAsync(TimeSpan.FromSeconds(30)) ?? throw new InvalidOperationException("it ended without an error");

    public override string ToString() => string.Join('\n', Events.TakeLast(20).Select(e => e.ToString()).Select(text => text.Length > 300 ? text[..300] : text));

    public async ValueTask DisposeAsync()
    {
        _call.Dispose();
        await _reading;
    }

    private async Task<RpcException?> ReadAsync()
    {
        try
        {
            await foreach (var message in _call.ResponseStream.ReadAllAsync())
            {
                Keep(message);
            }

            return null;
        }
        catch (RpcException e)
        {
            return e;
        }
        catch (ObjectDisposedException)
        {
            // The end of the stream, met between two messages.
            return null;
        }
    }

    private void Keep(WatchDecisionsResponse message)
    {
        lock (_events)
        {
            _events.Add(message);
            var changed = message.MembersChanged;
            for (var i = 0; changed is not null && i < changed.MemberIds.Count; i++)
            {
                var reason = changed.PrimaryReasons.Length > i ? (ReasonCode)changed.PrimaryReasons[i] : default;
                _answers[changed.MemberIds[i]] = ((changed.Allowed[i / 8] & (1 << (i % 8))) != 0, reason);
            }
        }
    }
}
