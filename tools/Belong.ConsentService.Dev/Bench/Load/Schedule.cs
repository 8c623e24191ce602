using System.Diagnostics;
using System.Globalization;

namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>When calls are due and when they ended.</summary>
internal sealed class Schedule(int perSecond, TimeSpan duration)
{
    public const int NotMeasured = -1;

    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(20);

    private readonly long _start = Stopwatch.GetTimestamp() + (long)(Lead.TotalSeconds * Stopwatch.Frequency);
    private readonly long[] _ended = new long[(int)(perSecond * duration.TotalSeconds)];

    public int Count => _ended.Length;

    public bool IsOutOfReach { get; set; }

    public long DueOf(int call) => _start + (call * Stopwatch.Frequency / perSecond);

    public void Ended(int call)
    {
        if (call != NotMeasured)
        {
            _ended[call] = Stopwatch.GetTimestamp();
        }
    }

    public PacedResult Finish()
    {
        var calls = _ended.TakeWhile(ended => ended != 0).Count();
        var latencies = new double[calls];
        for (var i = 0; i < calls; i++)
        {
            latencies[i] = Stopwatch.GetElapsedTime(DueOf(i), _ended[i]).TotalMicroseconds;
        }

        var seconds = calls == 0 ? 0 : Stopwatch.GetElapsedTime(_start, _ended.Max()).TotalSeconds;
        return new PacedResult(latencies, perSecond, calls / seconds) { IsOutOfReach = IsOutOfReach };
    }
}

/// <param name="LatenciesUs">In the order in which the calls were due.</param>
/// <param name="Wanted">Calls per second that were due.</param>
/// <param name="Reached">Calls per second that were answered.</param>
internal sealed record PacedResult(double[] LatenciesUs, int Wanted, double Reached)
{
    private const double Enough = 0.98;

    public bool IsOutOfReach { get; init; }

    /// <summary>Why it claims nothing; null when the rate was reached.</summary>
    public string? FindFault() => !IsOutOfReach && Reached >= Enough * Wanted
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{Reached:N0} of {Wanted:N0} calls/s were reached");
}
