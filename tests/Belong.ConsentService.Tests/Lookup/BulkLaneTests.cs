using System.Collections.Concurrent;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Tests.Hosting;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>How much the lane of batches and lists reads at once.</summary>
public sealed class BulkLaneTests
{
    private readonly ShiftedClock _clock = new();

    [Fact]
    public async Task A_few_reads_go_at_once_and_the_others_wait()
    {
        using var lane = new BulkLane(_clock);
        using var reads = new HeldReads(lane, 10);
        Assert.Equal(3, reads.UnderWay);
        await reads.EndOneAsync();
        Assert.Equal(3, reads.UnderWay);
    }

    [Fact]
    public async Task While_checks_come_alone_one_read_goes_at_a_time()
    {
        using var lane = new BulkLane(_clock);
        lane.NoteCheck(_clock.GetTimestamp());
        using (var reads = new HeldReads(lane, 10))
        {
            Assert.Equal(1, reads.UnderWay);
            await reads.EndOneAsync();
            Assert.Equal(1, reads.UnderWay);
        }

        // Noted again only after a while: a check that came in between counts from then.
        _clock.Advance(TimeSpan.FromMilliseconds(60));
        lane.NoteCheck(_clock.GetTimestamp());
        _clock.Advance(TimeSpan.FromMilliseconds(60));
        using (var reads = new HeldReads(lane, 10))
        {
            Assert.Equal(1, reads.UnderWay);
        }

        _clock.Advance(TimeSpan.FromMilliseconds(100));
        using (var reads = new HeldReads(lane, 10))
        {
            Assert.Equal(3, reads.UnderWay);
        }
    }

    [Fact]
    public void While_checks_come_alone_a_read_is_short()
    {
        using var lane = new BulkLane(_clock);
        Assert.Equal(500, lane.SliceMembers);
        lane.NoteCheck(_clock.GetTimestamp());
        Assert.Equal(125, lane.SliceMembers);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(500, lane.SliceMembers);
    }

    /// <summary>Reads that end when they are told to.</summary>
    private sealed class HeldReads : IDisposable
    {
        private readonly ConcurrentQueue<TaskCompletionSource<int>> _underWay = new();
        private readonly Task[] _all;
        private int _begun;

        public HeldReads(BulkLane lane, int count) => _all = [.. Enumerable.Range(0, count).Select(_ => lane.ReadAsync(BeginAsync, default))];

        public int UnderWay => _underWay.Count;

        /// <summary>And waits for the next to begin.</summary>
        public async Task EndOneAsync()
        {
            var begun = Volatile.Read(ref _begun);
            Assert.True(_underWay.TryDequeue(out var read));
            read.SetResult(0);
            await Waiting.UntilAsync(() => Volatile.Read(ref _begun) > begun);
        }

        public void Dispose()
        {
            while (!_all.All(read => read.IsCompleted))
            {
                while (_underWay.TryDequeue(out var read))
                {
                    read.SetResult(0);
                }

                Thread.Yield();
            }
        }

        private Task<int> BeginAsync()
        {
            var read = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            _underWay.Enqueue(read);
            Interlocked.Increment(ref _begun);
            return read.Task;
        }
    }
}
