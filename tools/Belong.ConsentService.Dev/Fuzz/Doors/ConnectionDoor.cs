using System.Net;
using System.Net.Sockets;
using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>What is sent on a connection of its own.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Bytes">All of it.</param>
/// <param name="Requests">How many requests are in it: one at least, the connection itself.</param>
/// <param name="MustClose">The server must end the connection; else it may go on waiting, and its caller goes after a while.</param>
internal sealed record Attack(string Name, byte[] Bytes, int Requests = 1, bool MustClose = true);

/// <summary>Attacks on connections: each is opened, attacked, listened to and left.</summary>
internal abstract class ConnectionDoor : Door
{
    private const int Workers = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whoever need not be answered is not waited for.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(15);

    protected abstract IPEndPoint AddressOf(DoorContext context);

    protected abstract Attack Next(DoorContext context, Random random);

    /// <summary>What is wrong with all that came back; null when nothing is.</summary>
    protected abstract string? FindFault(DoorContext context, Attack attack, ReadOnlySpan<byte> answer);

    /// <summary>For the table.</summary>
    protected abstract string Summarize(ReadOnlySpan<byte> answer);

    public override Task RunAsync(DoorContext context, int requests, CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => LoadThread.RunAsync(() =>
        {
            var random = context.RandomOf(worker);
            for (var left = (requests / Workers) + (worker < requests % Workers ? 1 : 0); left > 0;)
            {
                var attack = Next(context, random);
                left -= attack.Requests;
                Go(context, attack);
            }

            return true;
        })));

    private void Go(DoorContext context, Attack attack)
    {
        var answer = new List<byte>();
        bool isClosed;
        using (var frames = FrameStream.Connect(AddressOf(context), attack.MustClose ? Patience : Glance))
        {
            frames.Write(attack.Bytes);
            frames.Flush();
            isClosed = Listen(frames, answer);
        }

        var bytes = answer.ToArray();
        context.Tally.Add($"{Summarize(bytes)}{(isClosed ? ", closed" : "")}", attack.Requests);
        if (attack.MustClose && !isClosed)
        {
            context.Report("a broken connection is not ended", Describe(attack));
        }

        if (FindFault(context, attack, bytes) is { } fault)
        {
            context.Report(fault.Split('\'')[0], $"{fault} for {Describe(attack)}");
        }
    }

    /// <summary>True when the other side has ended it.</summary>
    private static bool Listen(FrameStream frames, List<byte> answer)
    {
        const int most = 256 * 1024;
        while (answer.Count < most)
        {
            var some = frames.ReadSome();
            if (some.IsEmpty)
            {
                return !frames.IsSilent;
            }

            answer.AddRange(some);
        }

        return true;
    }

    private static string Describe(Attack attack) => $"{attack.Name}, {attack.Bytes.Length} bytes {Convert.ToHexStringLower(attack.Bytes.AsSpan(0, Math.Min(200, attack.Bytes.Length)))}";
}
