using Belong.ConsentService.Dev.Fuzz.Messages;
using Belong.ConsentService.Dev.Fuzz.Stage;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>The methods of the registry, asked by a caller who may record: what is refused must not stand, and what stands must be readable.</summary>
internal sealed class RegistryDoor : MessageDoor
{
    private const int Workers = 2;
    private const int Streams = 12;

    private long _answered;
    private long _cutOff;

    public override string Name => "registry";

    public override int SharePerThousand => 40;

    public override bool MayWrite => true;

    public override async Task RunAsync(DoorContext context, int requests, CancellationToken cancellation)
    {
        var before = await FactsPrint.CountWritesAsync(context.Stage.Database, cancellation);
        await CallWorker.RunAllAsync(context, Workers, Streams, requests, random => () =>
            Build(context, FuzzMethods.Registry[random.Next(FuzzMethods.Registry.Count)], StageCallers.Writer, random), Count);
        var written = await FactsPrint.CountWritesAsync(context.Stage.Database, cancellation) - before;
        if (written > _answered + _cutOff)
        {
            context.Report("writes stand that were refused", $"{written} writes are in the history, {_answered} were answered and {_cutOff} not told");
        }

        foreach (var unreadable in await FactsPrint.FindUnreadableAsync(context.Stage.Database, cancellation))
        {
            context.Report("a member was recorded that cannot be read", unreadable);
        }
    }

    /// <summary>A write whose end was not told may stand.</summary>
    private void Count(RawCall call)
    {
        if (!IsWrite(call.Request.Path))
        {
            return;
        }

        if (call.GrpcStatus == "0")
        {
            Interlocked.Increment(ref _answered);
        }
        else if (call.Ending != Ending.Answered || call.Outcome is "DEADLINE_EXCEEDED" or "CANCELLED" or "UNAVAILABLE")
        {
            Interlocked.Increment(ref _cutOff);
        }
    }

    private static bool IsWrite(string path) => path.Contains("/Record", StringComparison.Ordinal) || path.EndsWith("/ImportMembers", StringComparison.Ordinal);
}
