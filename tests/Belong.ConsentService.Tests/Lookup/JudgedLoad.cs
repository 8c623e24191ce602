using Belong.Consent.V1;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>
/// Opts members out and in again and checks them all the while. Each answer is judged by what it says of
/// itself: facts of such an age include every change committed before.
/// </summary>
internal sealed class JudgedLoad : IAsyncDisposable
{
    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(2);

    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _enough = new();
    private readonly List<Task> _running = [];
    private readonly List<string> _faults = [];
    private readonly Dictionary<string, List<Change>> _histories = [];
    private long _slowestTicks;
    private int _answers;
    private int _writes;

    private JudgedLoad(TimeProvider clock) => _clock = clock;

    public int Answers => Volatile.Read(ref _answers);

    public int Writes => Volatile.Read(ref _writes);

    public TimeSpan Slowest => TimeSpan.FromTicks(Interlocked.Read(ref _slowestTicks));

    /// <param name="writer">Records; it must not be one whose end the test brings about.</param>
    public static async Task<JudgedLoad> StartAsync(ServiceStage stage, ServiceInstance writer, ServiceInstance[] asked, string[] members)
    {
        var load = new JudgedLoad(stage.Clock);
        foreach (var member in members)
        {
            await writer.RecordAsync(member, Registration());
            load._histories[member] = [new Change(false, 0, stage.Clock.GetTimestamp())];
        }

        load._running.Add(Task.Run(() => load.WriteAsync(writer, members)));
        load._running.AddRange(asked.Select(instance => Task.Run(() => load.AskAsync(instance, members))));
        return load;
    }

    /// <summary>Ends it and throws when an answer was wrong or missing.</summary>
    public async Task StopAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_running);
        lock (_faults)
        {
            Assert.True(_faults.Count == 0, $"{_faults.Count} of {Answers} answers are wrong:\n{string.Join('\n', _faults.Take(10))}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _enough.Dispose();
    }

    private async Task WriteAsync(ServiceInstance writer, string[] members)
    {
        for (var round = 1; !_enough.IsCancellationRequested; round++)
        {
            foreach (var member in members)
            {
                var record = $"r{(round + 1) / 2}";
                var isOut = round % 2 == 1;
                var change = new Change(isOut, _clock.GetTimestamp(), long.MaxValue);
                lock (_histories)
                {
                    _histories[member].Add(change);
                }

                await writer.RecordAsync(member, isOut ? OptOut(id: record) : OptOutLift(id: record));
                change.Committed = _clock.GetTimestamp();
                Interlocked.Increment(ref _writes);
            }

            await Task.Delay(5);
        }
    }

    private async Task AskAsync(ServiceInstance instance, string[] members)
    {
        while (!_enough.IsCancellationRequested)
        {
            var member = members[Random.Shared.Next(members.Length)];
            var sent = _clock.GetTimestamp();
            var decision = await instance.UseAsync(member, Purpose.DirectMarketing);
            Judge(member, sent, decision);
            await Task.Delay(1);
        }
    }

    private void Judge(string member, long sent, Decision decision)
    {
        var received = _clock.GetTimestamp();
        Interlocked.Increment(ref _answers);
        InterlockedMax(_clock.GetElapsedTime(sent, received).Ticks);
        var isOut = decision.Outcome == Outcome.Deny && decision.Reasons.Contains(ReasonCode.DmOptedOut);
        if (!isOut && decision.Outcome != Outcome.Allow)
        {
            Fault($"{member}: {decision.Reasons.FirstOrDefault()}");
            return;
        }

        var age = TimeSpan.FromMilliseconds(decision.Basis.FactsAgeMs) + Rounding;
        lock (_histories)
        {
            var history = _histories[member];
            var known = history.FindLastIndex(change => change.Committed < sent && _clock.GetElapsedTime(change.Committed, sent) > age);
            if (!history.Skip(known).Any(change => change.IsOut == isOut && change.Started <= received))
            {
                var late = known < 0 ? 0 : _clock.GetElapsedTime(history[known].Committed, sent).TotalMilliseconds;
                Fault($"{member}: out is {isOut} from {decision.Basis.Source} at age {age.TotalMilliseconds} ms, {late} ms after the commit of the contrary");
            }
        }
    }

    private void Fault(string what)
    {
        lock (_faults)
        {
            _faults.Add(what);
        }
    }

    private void InterlockedMax(long ticks)
    {
        for (var seen = Interlocked.Read(ref _slowestTicks); ticks > seen;)
        {
            var before = Interlocked.CompareExchange(ref _slowestTicks, ticks, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    private sealed class Change(bool isOut, long started, long committed)
    {
        private long _committed = committed;

        public bool IsOut { get; } = isOut;

        public long Started { get; } = started;

        public long Committed
        {
            get => Interlocked.Read(ref _committed);
            set => Interlocked.Exchange(ref _committed, value);
        }
    }
}
