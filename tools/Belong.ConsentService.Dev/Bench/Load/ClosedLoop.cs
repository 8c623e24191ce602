using System.Diagnostics;

namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>As many calls as are answered, so many under way on each connection at all times.</summary>
internal static class ClosedLoop
{
    /// <summary>Calls per second that were answered as they should.</summary>
    public static async Task<double> RunAsync(Target target, int connections, int streams, TimeSpan duration)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => LoadThread.RunAsync(() => RunConnection(target, streams, end))));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    /// <summary>
    /// One call after the other on one stream: how long each took from its sending, in microseconds. What a caller sees who
    /// has a schedule to keep is another question: that is <see cref="PacedLoop"/>.
    /// </summary>
    public static Task<List<double>> RunOneStreamAsync(Target target, TimeSpan duration) => LoadThread.RunAsync(() =>
    {
        using var connection = Http2Connection.Open(target.Address);
        var random = new Random();
        var watch = Stopwatch.StartNew();
        var latencies = new List<double>();
        while (watch.Elapsed < duration)
        {
            var member = 1 + random.Next(target.Members);
            var sent = Stopwatch.GetTimestamp();
            connection.Send(target.Question, member);
            connection.Flush();
            Answer answer;
            while (connection.Receive(out answer) == 0)
            {
            }

            latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMicroseconds);
            target.Expectation.Require(member, answer);
        }

        return latencies;
    });

    private static long RunConnection(Target target, int streams, long end)
    {
        using var connection = Http2Connection.Open(target.Address);
        var random = new Random();
        var members = new int[Http2Connection.MaxStreams];
        var done = 0L;
        for (var i = 0; i < streams; i++)
        {
            Send(connection, target, random, members);
        }

        connection.Flush();
        for (var underWay = streams; underWay > 0;)
        {
            var isEnding = Stopwatch.GetTimestamp() >= end;
            do
            {
                var stream = connection.Receive(out var answer);
                if (stream == 0)
                {
                    continue;
                }

                target.Expectation.Require(members[SlotOf(stream)], answer);
                done++;
                if (isEnding)
                {
                    underWay--;
                }
                else
                {
                    Send(connection, target, random, members);
                }
            }
            while (connection.HasMore);
            connection.Flush();
        }

        return done;
    }

    private static void Send(Http2Connection connection, Target target, Random random, int[] members)
    {
        var member = 1 + random.Next(target.Members);
        members[SlotOf(connection.Send(target.Question, member))] = member;
    }

    private static int SlotOf(int stream) => (stream >> 1) & (Http2Connection.MaxStreams - 1);
}
