namespace Belong.ConsentService.Lookup;

/// <summary>
/// How long a check may wait for its facts: until shortly before its caller gives up, so that the caller
/// learns the reason. Without a deadline the stores' own time limits stand alone.
/// </summary>
public readonly struct AnswerTime
{
    private static readonly TimeSpan MinMargin = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan MaxMargin = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider? _time;
    private readonly long _start;
    private readonly TimeSpan _given;

    private AnswerTime(TimeProvider time, TimeSpan given)
    {
        _time = time;
        _start = time.GetTimestamp();
        _given = given;
    }

    /// <param name="deadline">As gRPC tells it; <see cref="DateTime.MaxValue"/> when there is none.</param>
    public static AnswerTime Until(DateTime deadline, TimeProvider time) =>
        deadline == DateTime.MaxValue ? default : new AnswerTime(time, deadline - DateTime.UtcNow);

    /// <summary>The longest wait for the cache: as much again stays for PostgreSQL.</summary>
    public TimeSpan ForCache(TimeSpan limit) => _time is null ? limit : Least(limit, Left(2) / 2);

    /// <summary>The longest wait for PostgreSQL: what is left then is for finding out why it did not answer.</summary>
    public TimeSpan ForDatabase(TimeSpan limit) => _time is null ? limit : Least(limit, Left(2));

    /// <summary>The longest wait for the last thing before the answer.</summary>
    public TimeSpan ForReason(TimeSpan limit) => _time is null ? limit : Least(limit, Left(1));

    /// <summary>What is left of the time given, but for some margins.</summary>
    private TimeSpan Left(int margins)
    {
        var tenth = _given / 10;
        var margin = tenth < MinMargin ? MinMargin : Least(tenth, MaxMargin);
        var left = _given - _time!.GetElapsedTime(_start) - (margin * margins);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
