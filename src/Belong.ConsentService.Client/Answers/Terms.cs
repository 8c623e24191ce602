using Belong.Consent.V1;

namespace Belong.ConsentService.Client;

/// <summary>The moment before a question was sent, on a clock that stops for nobody and on one that people set.</summary>
internal readonly struct AskedAt
{
    private readonly TimeProvider _clock;
    private readonly long _timestamp;
    private readonly DateTimeOffset _time;

    public AskedAt(TimeProvider clock) => (_clock, _timestamp, _time) = (clock, clock.GetTimestamp(), clock.GetUtcNow());

    /// <summary>The longer of both: the first stands still while a virtual machine sleeps, the second may be set back.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            var (counted, told) = (_clock.GetElapsedTime(_timestamp), _clock.GetUtcNow() - _time);
            return counted > told ? counted : told;
        }
    }
}

/// <summary>
/// What goes with a permission. It ends as long after the question was sent as the service says that the answer holds:
/// never later than the service means, however far its clock and this one are apart.
/// </summary>
internal sealed class Terms(AskedAt asked, TimeSpan validity, IEnumerable<Obligation> obligations)
{
    public IReadOnlyList<Obligation> Obligations { get; } = [.. obligations];

    public TimeSpan Remaining
    {
        get
        {
            var remaining = validity - asked.Elapsed;
            return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
        }
    }

    public void Require(ReadOnlySpan<Obligation> honoured)
    {
        RequireAll(Obligations, honoured);
        if (Remaining == TimeSpan.Zero)
        {
            throw new PermissionExpiredException(validity);
        }
    }

    public static void RequireAll(IReadOnlyList<Obligation> obligations, ReadOnlySpan<Obligation> honoured)
    {
        var missing = new List<Obligation>();
        foreach (var obligation in obligations)
        {
            // A number without a name is of a newer server: nobody can know what it asks for.
            if (!honoured.Contains(obligation) || !Enum.IsDefined(obligation))
            {
                missing.Add(obligation);
            }
        }

        if (missing.Count > 0)
        {
            throw new ObligationNotHonouredException(missing);
        }
    }
}
