using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Dev.Chaos.Stores;
using Grpc.Core;
using Stream = Grpc.Core.AsyncDuplexStreamingCall<Belong.Consent.V1.ScreenAudienceRequest, Belong.Consent.V1.ScreenAudienceResponse>;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>Screens lists whose chunks come slowly enough for a fault to begin and end between them.</summary>
internal sealed class Screener(LoadContext context, IReadOnlyList<Instance> instances, int seed) : Client(context, instances, seed)
{
    private const int MaxChunks = 6;
    private const int MaxMembers = 60;
    private const int MostPauseMs = 400;

    protected override async Task AskAsync(ServiceClient service, int instance, CancellationToken cancellation)
    {
        var list = new ScreenedList(Context, Inquiry.Pick(Context, Dice));
        var call = Call.Begin(Door.List, instance, PickDeadline(500, 2_000, 5_000), Context.Time);
        using var stream = service.Audience.ScreenAudience(call.Options);
        var reading = ReadAsync(stream, list, call);
        try
        {
            await WriteAsync(stream, list, call, cancellation);
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException or IOException)
        {
            // What ended the stream is told to the reader.
            stream.Dispose();
        }

        await reading;
    }

    private async Task WriteAsync(Stream stream, ScreenedList list, Call call, CancellationToken cancellation)
    {
        await stream.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = list.WriteHeader() }, cancellation);
        for (var chunks = Dice.Next(1, MaxChunks + 1); chunks > 0; chunks--)
        {
            int[] members = [list.First, .. Enumerable.Range(0, Dice.Next(MaxMembers)).Select(_ => Context.Recent.Pick(Dice))];
            if (!list.TryBegin(members, call))
            {
                return;
            }

            await stream.RequestStream.WriteAsync(new ScreenAudienceRequest { Chunk = new MemberChunk { MemberIds = { members.Select(FactsModel.IdOf) } } }, cancellation);
            await Task.Delay(Dice.Next(MostPauseMs), cancellation);
        }

        await stream.RequestStream.CompleteAsync();
    }

    private static async Task ReadAsync(Stream stream, ScreenedList list, Call call)
    {
        try
        {
            while (await stream.ResponseStream.MoveNext(CancellationToken.None))
            {
                list.Take(stream.ResponseStream.Current);
            }

            list.End();
        }
        catch (RpcException e)
        {
            list.Cut(Failure.Of(e), call);
        }
    }
}
