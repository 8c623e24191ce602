using System.Collections.Concurrent;
using Google.Rpc;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Rolling;

/// <summary>What became of the calls of one kind.</summary>
internal sealed class CallTally(string name)
{
    private const int MaxKept = 5;

    private readonly ConcurrentQueue<string> _faults = new();
    private long _answered;
    private long _wentOn;
    private long _lost;
    private long _wrong;

    public string Name => name;

    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Streams that ended with STOPPING, and were gone on with at once.</summary>
    public long WentOn => Interlocked.Read(ref _wentOn);

    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Answered, and not as it should.</summary>
    public long Wrong => Interlocked.Read(ref _wrong);

    public bool IsWhole => Answered > 0 && Lost == 0 && Wrong == 0;

    public IEnumerable<string> Faults => _faults.Take(MaxKept);

    public void Answer() => Interlocked.Increment(ref _answered);

    public void GoOn() => Interlocked.Increment(ref _wentOn);

    public void Lose(RpcException error)
    {
        Interlocked.Increment(ref _lost);
        Keep($"lost: {error.StatusCode}, {error.Status.Detail}");
    }

    public void Blame(string what)
    {
        Interlocked.Increment(ref _wrong);
        Keep($"wrong: {what}");
    }

    /// <summary>The instance said that it stops, and how its caller goes on.</summary>
    public static bool IsStopping(RpcException error) =>
        error.StatusCode == StatusCode.Unavailable && error.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason == "STOPPING";

    private void Keep(string fault)
    {
        if (_faults.Count < MaxKept)
        {
            _faults.Enqueue($"{name}: {DateTime.UtcNow:HH:mm:ss.fff} {fault}");
        }
    }
}
