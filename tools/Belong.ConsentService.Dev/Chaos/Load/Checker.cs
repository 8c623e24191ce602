using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Dev.Chaos.Stores;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>Asks one check in a call.</summary>
internal sealed class Checker(LoadContext context, IReadOnlyList<Instance> instances, int seed) : Client(context, instances, seed)
{
    protected override async Task AskAsync(ServiceClient service, int instance, CancellationToken cancellation)
    {
        var inquiry = Inquiry.Pick(Context, Dice);
        var call = Call.Begin(Door.Alone, instance, PickDeadline(100, 300, 1_000), Context.Time);
        try
        {
            var decision = await Questions.AskAsync(service.Checks, inquiry.Question, inquiry.MemberId, inquiry.Token, call.Options);
            Context.Take(inquiry.Answer(call.End(Context.Time), decision));
        }
        catch (RpcException e)
        {
            Context.Take(inquiry.Answer(call.End(Context.Time), null, Failure.Of(e)));
        }
    }
}
