using System.Diagnostics;

namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>
/// An open loop: calls are due at fixed times whatever became of those before, and each one's latency counts from when it
/// was due. So nothing that stands still, the load included, hides the calls that had to wait.
/// </summary>
internal static class PacedLoop
{
    /// <summary>On as many streams as it takes.</summary>
    /// <param name="stop">Ends it early.</param>
    public static async Task<PacedResult> RunAsync(Target target, int connections, int perSecond, TimeSpan duration, CancellationToken stop = default)
    {
        var lanes = Enumerable.Range(0, connections).Select(_ => new Lane(target)).ToArray();
        var schedule = new Schedule(perSecond, duration);
        var receiving = lanes.Select(lane => LoadThread.RunAsync(() => lane.Receive(schedule))).ToArray();
        try
        {
            await LoadThread.RunAsync(() => Send(lanes, schedule, stop));
            await Task.WhenAll(receiving);
            return schedule.Finish();
        }
        finally
        {
            Array.ForEach(lanes, lane => lane.Dispose());
        }
    }

    private static bool Send(Lane[] lanes, Schedule schedule, CancellationToken stop)
    {
        Pace.Sharpen();
        var random = new Random();
        for (var i = 0; i < schedule.Count && !stop.IsCancellationRequested && !schedule.IsOutOfReach;)
        {
            Pace.WaitUntil(schedule.DueOf(i));
            var now = Stopwatch.GetTimestamp();
            for (; i < schedule.Count && schedule.DueOf(i) <= now; i++)
            {
                lanes[i % lanes.Length].Send(i, random);
                schedule.IsOutOfReach |= lanes[i % lanes.Length].IsFull;
            }

            Array.ForEach(lanes, lane => lane.Flush());
        }

        Array.ForEach(lanes, lane => lane.End());
        return true;
    }

    /// <summary>A connection; sent on by one thread and received on by another.</summary>
    private sealed class Lane(Target target) : IDisposable
    {
        private readonly Http2Connection _connection = Http2Connection.Open(target.Address);
        private readonly (int Call, int Member)[] _underWay = new (int, int)[Http2Connection.MaxStreams];
        private long _sent;
        private long _flushed;
        private long _received;
        private volatile bool _isEnded;

        /// <summary>So many calls are under way that the rate is far out of reach.</summary>
        public bool IsFull => _sent - Volatile.Read(ref _received) >= Http2Connection.MaxStreams / 2;

        public void Send(int call, Random random)
        {
            var member = 1 + random.Next(target.Members);
            var stream = _connection.Send(target.Question, member);
            Volatile.Write(ref _underWay[SlotOf(stream)].Call, call);
            _underWay[SlotOf(stream)].Member = member;
            _sent++;
        }

        public void Flush()
        {
            if (_sent != _flushed)
            {
                _flushed = _sent;
                _connection.Flush();
            }
        }

        /// <summary>One call more, which is not measured: its answer wakes the receiver, so that it sees the end.</summary>
        public void End()
        {
            Flush();
            _isEnded = true;
            Send(Schedule.NotMeasured, Random.Shared);
            Flush();
        }

        public long Receive(Schedule schedule)
        {
            while (true)
            {
                var stream = _connection.Receive(out var answer);
                if (stream == 0)
                {
                    continue;
                }

                var (call, member) = _underWay[SlotOf(stream)];
                schedule.Ended(call);
                target.Expectation.Require(member, answer);
                Volatile.Write(ref _received, _received + 1);
                if (_isEnded && _received == Volatile.Read(ref _sent))
                {
                    return _received;
                }
            }
        }

        public void Dispose() => _connection.Dispose();

        private static int SlotOf(int stream) => (stream >> 1) & (Http2Connection.MaxStreams - 1);
    }
}
