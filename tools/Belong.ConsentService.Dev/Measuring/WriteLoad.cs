using System.Collections.Concurrent;
using System.Diagnostics;
using Belong.Consent.V1;
using Npgsql;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>
/// Opt-outs of direct mail and their lifting, of random members through the registry of either instance. Of
/// a few opt-outs it is watched from the outside when both instances have come to deny, and when a watch at each has told.
/// </summary>
internal sealed class WriteLoad(TwoInstances instances, int samplesPerSecond, IReadOnlyList<WatchFromOutside> watches)
{
    private const int OptedIn = 0;
    private const int OptedOut = 1;
    private const int Busy = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly int[] _members = new int[MeasuredService.MemberCount + 1];
    private readonly ConcurrentBag<Sample> _samples = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _sampled;

    /// <summary>From the commit until the end of the first call that denied, at the later of the instances: rather too long.</summary>
    public Distribution AtMost { get; private set; } = new([]);

    /// <summary>From the commit until the start of the last call that still allowed: rather too short; 0 when none did.</summary>
    public Distribution AtLeast { get; private set; } = new([]);

    /// <summary>From the commit until a watch at each of the instances has told of it, the later one.</summary>
    public Distribution Told { get; private set; } = new([]);

    /// <summary>Forgets what was watched so far.</summary>
    public void Restart()
    {
        _samples.Clear();
        _sampled = 0;
        _watch.Restart();
    }

    public async Task WriteAsync()
    {
        var (member, state) = Claim();
        try
        {
            var isSampled = state == OptedIn && Interlocked.CompareExchange(ref _sampled, 0, 0) < _watch.Elapsed.TotalSeconds * samplesPerSecond;
            if (isSampled)
            {
                Interlocked.Increment(ref _sampled);
            }

            var told = isSampled ? Task.WhenAll(watches.Select(watch => watch.ExpectAsync(member, isAllowed: false))) : null;
            var key = Guid.NewGuid().ToString("N");
            await RecordAsync(member, key, Toggle(state));
            state = 1 - state;
            if (told is not null)
            {
                var (lastOld, firstNew) = await WatchAsync(member);
                _samples.Add(new Sample(key, lastOld, firstNew, (await told).Max()));
            }
        }
        finally
        {
            Volatile.Write(ref _members[member], state);
        }
    }

    /// <summary>Asks PostgreSQL when it committed what was watched: its clock is this machine's.</summary>
    public async Task ReckonAsync()
    {
        var commits = new Dictionary<string, DateTime>();
        await using var command = instances.Database.CreateCommand(
            "SELECT idempotency_key, pg_xact_commit_timestamp(xid::xid) FROM history WHERE idempotency_key = ANY($1)");
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. _samples.Select(sample => sample.Key)] });
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            commits[reader.GetString(0)] = reader.GetDateTime(1);
        }

        AtMost = new Distribution(_samples.Select(sample => (sample.FirstNew - commits[sample.Key]).TotalMilliseconds));
        Told = new Distribution(_samples.Select(sample => (sample.Told - commits[sample.Key]).TotalMilliseconds));
        AtLeast = new Distribution(_samples.Select(sample => Math.Max(0, (sample.LastOld - commits[sample.Key]).TotalMilliseconds)));
    }

    private static MemberChange Toggle(int state) => state == OptedIn
        ? new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } }
        : new MemberChange { DmOptOutLift = new Lift { EvidenceRef = "E-1" } };

    private (int Member, int State) Claim()
    {
        while (true)
        {
            var member = 1 + Random.Shared.Next(MeasuredService.MemberCount);
            var state = Volatile.Read(ref _members[member]);
            // Every fifth is opted out from the start, and stays so.
            if (member % 5 != 0 && state != Busy && Interlocked.CompareExchange(ref _members[member], Busy, state) == state)
            {
                return (member, state);
            }
        }
    }

    private async Task RecordAsync(int member, string key, MemberChange change)
    {
        var request = new RecordMemberRequest
        {
            Context = new WriteContext { IdempotencyKey = key, Actor = "consent-dev" },
            MemberId = MeasuredService.MemberId(member),
            Changes = { change },
        };
        await instances.Registries[Random.Shared.Next(instances.Registries.Length)].RecordMemberAsync(request);
    }

    private async Task<(DateTime LastOld, DateTime FirstNew)> WatchAsync(int member)
    {
        var seen = await Task.WhenAll(instances.Checks.Select(client => WatchAsync(client, member)));
        return (seen.Max(one => one.LastOld), seen.Max(one => one.FirstNew));
    }

    private static async Task<(DateTime LastOld, DateTime FirstNew)> WatchAsync(ConsentCheck.ConsentCheckClient client, int member)
    {
        var begun = DateTime.UtcNow;
        var lastOld = DateTime.MinValue;
        while (true)
        {
            var asked = DateTime.UtcNow;
            var decision = (await client.CheckUseAsync(MeasuredService.Ask(member))).Decision;
            var answered = DateTime.UtcNow;
            switch (decision.Outcome)
            {
                case Outcome.Deny when decision.Reasons.Contains(ReasonCode.DmOptedOut):
                    return (lastOld, answered);
                case Outcome.Allow when asked - begun < Patience:
                    lastOld = asked;
                    break;
                default:
                    throw new InvalidOperationException($"a watched member was answered {decision.Outcome}");
            }
        }
    }

    private sealed record Sample(string Key, DateTime LastOld, DateTime FirstNew, DateTime Told);
}
