using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Dev.Chaos.Stores;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>All clients of a stage: writers, one writer of the register, and those who check.</summary>
internal sealed class Workload : IAsyncDisposable
{
    private const int WriterCount = 8;
    private const int CheckerCount = 14;
    private const int BatchAskerCount = 7;
    private const int ScreenerCount = 3;

    /// <summary>Most watch what no register changes, so that what they hold lasts.</summary>
    private static readonly Question[] Watched = [Question.DirectMail, Question.DirectMail, Question.ThirdParty, Question.Contractor];

    private static readonly TimeSpan MemberPause = TimeSpan.FromMilliseconds(90);
    private static readonly TimeSpan CheckPause = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan BatchPause = TimeSpan.FromMilliseconds(120);
    private static readonly TimeSpan ListPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RegisterPause = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _end = new();
    private readonly Lateness _lateness = new(TimeProvider.System);
    private readonly WriteGate _gate = new();
    private readonly Writer[] _writers;
    private readonly (Client Client, TimeSpan Pause)[] _askers;
    private readonly Promptness[] _promptness;
    private readonly Watcher[] _watchers;
    private readonly List<Task> _running = [];
    private readonly IReadOnlyList<Instance> _instances;

    public Workload(FactsModel model, Judge judge, Violations violations, IReadOnlyList<Instance> instances, int seed)
    {
        // Those that a fault adds are not asked.
        _instances = [.. instances];
        Context = new LoadContext(model, judge, _lateness, violations, TimeProvider.System);
        // The last one writes the register and owns no member.
        _writers = [.. Enumerable.Range(0, WriterCount + 1).Select(i => new Writer(Context, _gate, _instances, new Share(i, WriterCount), (seed * 1_000) + i))];
        var first = (seed * 1_000) + 500;
        _askers =
        [
            .. Enumerable.Range(first, CheckerCount).Select(dice => ((Client)new Checker(Context, _instances, dice), CheckPause)),
            .. Enumerable.Range(first + 100, BatchAskerCount).Select(dice => ((Client)new BatchAsker(Context, _instances, dice), BatchPause)),
            .. Enumerable.Range(first + 200, ScreenerCount).Select(dice => ((Client)new Screener(Context, _instances, dice), ListPause)),
        ];
        _promptness = [.. _instances.Select(instance => new Promptness(instance, TimeProvider.System))];
        _watchers = [.. Watched.Select((question, i) => new Watcher(Context, _instances, _promptness, question, first + 300 + i))];
    }

    public LoadContext Context { get; }

    /// <summary>Registers most members.</summary>
    public Task BeginAsync(CancellationToken cancellation) => Task.WhenAll(_writers[..WriterCount].Select(writer => writer.BeginAsync(cancellation)));

    /// <summary>Many more checks at once than the instances are meant for.</summary>
    public async Task BurstAsync(int checkers, TimeSpan duration, int seed)
    {
        using var end = new CancellationTokenSource(duration);
        var burst = Enumerable.Range(0, checkers).Select(i => new Checker(Context, _instances, seed + i)).ToList();
        await Task.WhenAll(burst.Select(checker => checker.RunAsync(TimeSpan.Zero, end.Token)));
        burst.ForEach(checker => checker.Dispose());
    }

    public void Start()
    {
        _running.Add(_lateness.RunAsync(_end.Token));
        _running.AddRange(_writers[..WriterCount].Select(writer => writer.RunMembersAsync(MemberPause, _end.Token)));
        _running.Add(_writers[WriterCount].RunRegisterAsync(RegisterPause, _end.Token));
        _running.AddRange(_askers.Select(asker => asker.Client.RunAsync(asker.Pause, _end.Token)));
        _running.AddRange(_promptness.Select(instance => instance.RunAsync(_end.Token)));
        _running.AddRange(_watchers.Select(watcher => watcher.RunAsync(_end.Token)));
    }

    /// <summary>No further writes; returns when all are acknowledged.</summary>
    public Task StopWritesAsync(CancellationToken cancellation) => _gate.CloseAsync(cancellation);

    public void ResumeWrites() => _gate.Open();

    /// <summary>A backup is taken now, while no write is under way.</summary>
    public void MarkBackup()
    {
        Context.Model.MarkBackup();
        Context.Ledger.MarkBackup();
    }

    /// <summary>The database goes back to the backup meanwhile; no write is under way.</summary>
    public async Task GoBackAsync(Func<Task> restore)
    {
        Context.Model.BeginGoingBack(Context.Time.GetTimestamp());
        await restore();
        Context.Model.EndGoingBack(Context.Time.GetTimestamp());
        Context.Ledger.GoBack();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_running);
        Array.ForEach(_writers, writer => writer.Dispose());
        Array.ForEach(_askers, asker => asker.Client.Dispose());
        Array.ForEach(_watchers, watcher => watcher.Dispose());
        Array.ForEach(_promptness, instance => instance.Dispose());
        _end.Dispose();
    }
}
