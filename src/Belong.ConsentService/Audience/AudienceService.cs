using Belong.Consent.V1;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Grpc.Core;

namespace Belong.ConsentService.Audience;

/// <summary>The gRPC door of audiences.</summary>
public sealed partial class AudienceService(
    Checker checker, AudienceJudge judge, ListPositions positions, FactsStateHolder holder, DecisionWatches watches, AudienceSettings settings, CallErrors errors, TimeProvider time) : ConsentAudience.ConsentAudienceBase
{
    public override async Task ScreenAudience(IAsyncStreamReader<ScreenAudienceRequest> requestStream, IServerStreamWriter<ScreenAudienceResponse> responseStream, ServerCallContext context)
    {
        try
        {
            var question = await ReadHeaderAsync(requestStream, context);
            var position = await positions.FindAsync(question, context.CancellationToken);
            if (position is null && question.Demanded is not null)
            {
                throw Refusal.Of(StatusCode.Unavailable, "FACTS_STALE", "options.min_facts_version names a write that is not in the facts that can be read now: try again in a moment");
            }

            await new Screening(question, position, judge, holder, settings).RunAsync(requestStream, responseStream, context.CancellationToken);
        }
        catch (Exception e) when (errors.Note(e, context))
        {
            throw;
        }
    }

    private async ValueTask<AudienceQuestion> ReadHeaderAsync(IAsyncStreamReader<ScreenAudienceRequest> requests, ServerCallContext context)
    {
        if (!await requests.MoveNext(context.CancellationToken) || requests.Current.PartCase != ScreenAudienceRequest.PartOneofCase.Header)
        {
            throw Refusal.Field("header", "missing", "the first message of a screening must be its header");
        }

        var caller = (Caller)context.GetHttpContext().User;
        return await AudienceQuestion.ReadAsync(requests.Current.Header, caller, checker, AnswerTime.Until(context.Deadline, time), context.CancellationToken);
    }
}
