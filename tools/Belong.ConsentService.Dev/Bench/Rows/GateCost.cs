using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Dev.Bench.Floor;
using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;
using Belong.ConsentService.Testing;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>
/// What authentication, grants, rates, limits, and the metrics of calls cost: an instance that asks for a key against one
/// that lets everybody in, both beside the one that feeds.
/// </summary>
internal sealed class GateCost(BenchStage stage, FigureTable table, BenchPlan plan) : IBenchRow, IAsyncDisposable
{
    private const int Connections = 4;
    private const int Streams = 8;

    /// <summary>Many and short: what drifts meets both alike.</summary>
    private const int Turns = 12;

    private readonly string _key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
    private readonly string _grants = Path.GetTempFileName();
    private ServiceProcess? _gated;
    private FloorProcess? _ungated;
    private Target _withKey = null!;
    private Target _withoutKey = null!;

    public const string RowName = "authentication, limits and metrics on and off";

    public string Name => RowName;

    public string Section => "Single checks";

    public async Task WarmUpAsync()
    {
        await File.WriteAllBytesAsync(_grants, WriteGrants());
        _gated = await stage.StartServiceAsync("Consent:Roles:0=serve", $"Consent:Access:GrantsFile={_grants}");
        _ungated = await stage.StartUngatedAsync();
        _withKey = stage.TargetOf(BenchQuestions.Use, _gated.Address, BenchQuestions.Use.WithKey(_key));
        _withoutKey = stage.TargetOf(BenchQuestions.Use, _ungated.Address);
        await BenchStage.WaitUntilAnsweringAsync(_ungated.Address);
        foreach (var target in (Target[])[_withoutKey, _withKey])
        {
            await ClosedLoop.RunAsync(target, Connections, Streams, plan.WarmUp);
        }
    }

    public async Task MeasureAsync()
    {
        _withKey.Expectation.TakeRefusals();
        _withoutKey.Expectation.TakeRefusals();
        var (on, off) = (0.0, 0.0);
        for (var turn = 0; turn < Turns; turn++)
        {
            var isOnFirst = turn % 2 == 0;
            on += isOnFirst ? await RunAsync(_withKey) : 0;
            off += await RunAsync(_withoutKey);
            on += isOnFirst ? 0 : await RunAsync(_withKey);
        }

        table.Row("gate-off-4x8", "CheckUse, 4×8, authentication, limits and metrics of calls off", "calls/s").Add(off / Turns);
        table.Row("gate-4x8", "CheckUse, 4×8, authentication, limits and metrics of calls on, of off", "calls/s").Add(on / Turns, off / Turns);
        if ((_withKey.Expectation.TakeRefusals() ?? _withoutKey.Expectation.TakeRefusals()) is { } why)
        {
            table.Miss("gate-", why);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in new IAsyncDisposable?[] { _gated, _ungated })
        {
            if (owned is not null)
            {
                await owned.DisposeAsync();
            }
        }

        File.Delete(_grants);
    }

    private Task<double> RunAsync(Target target) => ClosedLoop.RunAsync(target, Connections, Streams, plan.Window / 6);

    /// <summary>One caller among a hundred, with limits that it does not reach.</summary>
    private byte[] WriteGrants()
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_key)));
        var callers = Enumerable.Range(0, 100).Select(i => new CallerEntry
        {
            Name = $"caller-{i}",
            KeysSha256 = [i == 50 ? hash : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))],
            Rpcs = ["CheckUse"],
            Kinds = ["USE"],
            Purposes = [3, 4],
            ChecksPerSecond = 10_000_000,
        });
        return JsonSerializer.SerializeToUtf8Bytes(new GrantsDocument { Version = 1, Callers = [.. callers] }, GrantsJsonContext.Default.GrantsDocument);
    }
}
