using System.Diagnostics;

namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>
/// Threads that only read the clock, one for each processor. What they miss of it the machine gave to somebody else,
/// to another virtual machine for instance, and no program on it could have had.
/// </summary>
internal static class ClockReaders
{
    /// <summary>Shorter ones are the kernel's own work.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(0.3);

    /// <summary>The share of the time that was missed in pauses, in percent, and the longest pause.</summary>
    public static async Task<(double LostPercent, TimeSpan Longest)> RunAsync(TimeSpan duration)
    {
        var pauses = await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => LoadThread.RunAsync(() => FindPauses(duration))));
        TimeSpan[] all = [.. pauses.SelectMany(found => found)];
        return (100 * all.Sum(pause => pause.TotalSeconds) / (pauses.Length * duration.TotalSeconds), all.DefaultIfEmpty().Max());
    }

    private static List<TimeSpan> FindPauses(TimeSpan duration)
    {
        var pauses = new List<TimeSpan>();
        var start = Stopwatch.GetTimestamp();
        for (var last = start; Stopwatch.GetElapsedTime(start, last) < duration;)
        {
            var now = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(last, now) is var pause && pause > ShortestPause)
            {
                pauses.Add(pause);
            }

            last = now;
        }

        return pauses;
    }
}
