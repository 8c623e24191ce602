using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>Sleeps until an instant of the monotonic clock, as exactly as the kernel can: a timer of .NET is late by up to a millisecond.</summary>
internal static partial class Pace
{
    private const int MonotonicClock = 1;
    private const int AbsoluteTime = 1;
    private const int SetTimerSlack = 29;

    /// <summary>For the thread that calls: the kernel is not to gather its wake-ups with others.</summary>
    public static void Sharpen() => _ = Prctl(SetTimerSlack, 1, 0, 0, 0);

    /// <param name="timestamp">Of <see cref="Stopwatch"/>, which counts nanoseconds of the same clock.</param>
    public static void WaitUntil(long timestamp)
    {
        var until = new TimeSpec { Seconds = timestamp / 1_000_000_000, Nanoseconds = timestamp % 1_000_000_000 };
        while (Stopwatch.GetTimestamp() < timestamp)
        {
            _ = ClockNanosleep(MonotonicClock, AbsoluteTime, in until, IntPtr.Zero);
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int ClockNanosleep(int clock, int flags, in TimeSpec until, IntPtr left);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
