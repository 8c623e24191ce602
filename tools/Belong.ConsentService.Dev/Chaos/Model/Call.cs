using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Model;

/// <summary>How a check is asked.</summary>
internal enum Door
{
    /// <summary>In a call of its own.</summary>
    Alone,

    /// <summary>By <c>CheckBatch</c>.</summary>
    Batch,

    /// <summary>By <c>ScreenAudience</c>.</summary>
    List,

    /// <summary>Told by <c>WatchDecisions</c>.</summary>
    Watch,
}

/// <summary>When and where something was asked and answered, by the clocks of this process.</summary>
/// <param name="Instance">Its number.</param>
/// <param name="Deadline">Of the answer, from <paramref name="Asked"/>.</param>
internal sealed record Call(Door Door, int Instance, TimeSpan Deadline, long Asked, DateTimeOffset AskedAt)
{
    public long Answered { get; private init; }

    public DateTimeOffset AnsweredAt { get; private init; }

    public CallOptions Options => new(deadline: (AskedAt + Deadline).UtcDateTime);

    public static Call Begin(Door door, int instance, TimeSpan deadline, TimeProvider time) => new(door, instance, deadline, time.GetTimestamp(), time.GetUtcNow());

    /// <summary>Something is asked in a stream that is open.</summary>
    public Call Continue(TimeProvider time)
    {
        var now = time.GetTimestamp();
        var left = Deadline - time.GetElapsedTime(Asked, now);
        return this with { Asked = now, AskedAt = time.GetUtcNow(), Deadline = left > TimeSpan.Zero ? left : TimeSpan.Zero };
    }

    public Call End(TimeProvider time) => this with { Answered = time.GetTimestamp(), AnsweredAt = time.GetUtcNow() };
}

/// <summary>Why there is no answer.</summary>
internal readonly record struct Failure(StatusCode Status, string Detail)
{
    public static Failure Of(RpcException e) => new(e.StatusCode, e.Status.Detail);
}
