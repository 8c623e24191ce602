using Belong.ConsentService.Dev.Fuzz;
using Belong.ConsentService.Dev.Fuzz.Judging;
using Belong.ConsentService.Dev.Fuzz.Stage;
using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Tests;

/// <summary>What a run of hostile requests must not leave behind is a violation.</summary>
public sealed class RunJudgeTests
{
    private const long Mebibyte = 1024 * 1024;

    private static readonly ServiceSample Calm = new(HeapBytes: 10 * Mebibyte, ResidentBytes: 100 * Mebibyte, Threads: 20, Handles: 100, Connections: 1, InFlight: 0);

    [Fact]
    public void A_service_that_is_as_it_was_has_no_violation() => Assert.Empty(KindsOf(Calm, lines: 60));

    [Fact]
    public void Growth_and_what_is_left_open_are_told()
    {
        Assert.Equal(["the managed heap has grown"], KindsOf(Calm with { HeapBytes = 100 * Mebibyte }, lines: 10));
        Assert.Equal(["resident memory has grown"], KindsOf(Calm with { ResidentBytes = 500 * Mebibyte }, lines: 10));
        Assert.Equal(["threads are left"], KindsOf(Calm with { Threads = 60 }, lines: 10));
        Assert.Equal(["connections are left open"], KindsOf(Calm with { Connections = 9 }, lines: 10));
        Assert.Equal(["calls are left in flight"], KindsOf(Calm with { InFlight = 7 }, lines: 10));
        Assert.Equal(["the log grows with the requests"], KindsOf(Calm, lines: 5_000));
        Assert.Equal(["an error is logged that a caller caused"], KindsOf(Calm, lines: 10, "fail: x"));
    }

    [Fact]
    public void Errors_are_found_in_the_log_and_so_is_what_is_no_log()
    {
        string[] wrong = ["""{"EventId":1,"LogLevel":"Error","Category":"c","Message":"m"}""", """{"LogLevel":"Critical"}""", "Unhandled exception.", "", "{}", "1"];
        Assert.Equal(wrong, ServiceLog.Read(["""{"EventId":1,"LogLevel":"Warning"}""", .. wrong, """{"LogLevel":"Information"}"""]).Errors);
    }

    [Fact]
    public void A_valid_caller_that_is_late_or_never_answered_is_told()
    {
        var violations = new Violations();
        RunJudge.Judge(new FuzzFigures(), violations);
        RunJudge.Judge(new FuzzFigures { Witness = new Distribution(Enumerable.Repeat(1_500.0, 10)) }, violations);
        Assert.Equal([("a valid caller is answered late", 2)], violations.Kinds);
    }

    private static string[] KindsOf(ServiceSample after, int lines, params string[] errors)
    {
        var violations = new Violations();
        RunJudge.Judge(new FuzzFigures
        {
            Requests = 10_000,
            Before = Calm,
            After = after,
            LogBefore = new ServiceLog(10, []),
            LogAfter = new ServiceLog(lines, errors),
            Witness = new Distribution([1.0]),
        }, violations);
        return [.. violations.Kinds.Select(kind => kind.Kind)];
    }
}
