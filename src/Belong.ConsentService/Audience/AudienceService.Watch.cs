using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Grpc.Core;

namespace Belong.ConsentService.Audience;

internal sealed partial class AudienceService
{
    public override async Task WatchDecisions(WatchDecisionsRequest request, IServerStreamWriter<WatchDecisionsResponse> responseStream, ServerCallContext context)
    {
        using var held = drain.HoldStream();
        try
        {
            if (request.Header is null)
            {
                throw Refusal.Field("header", "missing", "the header of the screening is required");
            }

            var caller = (Caller)context.GetHttpContext().User;
            var question = await AudienceQuestion.ReadAsync(request.Header, caller, admission, AnswerTime.Until(context.Deadline, time), context.CancellationToken);
            await watches.RunAsync(question, request.Position, responseStream, leases.Of(context), context.CancellationToken);
        }
        catch (Exception e) when (e is not RpcException && context.CancellationToken.IsCancellationRequested)
        {
            // A watch ends when its caller goes.
        }
        catch (Exception e) when (errors.Note(e, context))
        {
            throw;
        }
    }
}
