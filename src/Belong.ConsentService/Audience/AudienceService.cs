using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Grpc.Core;

namespace Belong.ConsentService.Audience;

/// <summary>The gRPC door of audiences.</summary>
[BindServiceMethod(typeof(StrictMessages.OfAudience), StrictMessages.BindMethod)]
internal sealed partial class AudienceService(
    CheckAdmission admission, AudienceJudge judge, ListPositions positions, FactsStateHolder holder, DecisionWatches watches, AudienceSettings settings, Drain drain, StreamLeases leases, CallErrors errors, TimeProvider time) : ConsentAudience.ConsentAudienceBase
{
    public override async Task ScreenAudience(IAsyncStreamReader<ScreenAudienceRequest> requestStream, IServerStreamWriter<ScreenAudienceResponse> responseStream, ServerCallContext context)
    {
        using var held = drain.HoldStream();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, drain.Over);
        try
        {
            requestStream = new CallerStream<ScreenAudienceRequest>(requestStream, TimeSpan.FromSeconds(settings.IdleTimeoutSeconds), "chunk", "Consent:Audience:IdleTimeoutSeconds", "SCREENING_IDLE");
            var (question, since) = await ReadHeaderAsync(requestStream, context, ending.Token);
            var position = await positions.FindAsync(question, since, ending.Token);
            if (position is null && (question.Demanded is not null || since is not null))
            {
                var demand = since is null ? "options.min_facts_version names a write that is" : "position names facts that are";
                throw Refusal.Of(StatusCode.Unavailable, "FACTS_STALE", $"{demand} not in what can be read now: try again in a moment");
            }

            await new Screening(question, position, judge, holder, leases.Of(context), ((Caller)context.GetHttpContext().User).CheckRate, drain.Over).RunAsync(requestStream, responseStream, context.CancellationToken);
        }
        catch (Exception e) when (drain.Over.IsCancellationRequested && e is not RpcException)
        {
            throw Drain.BuildRefusal(Screening.GoOn);
        }
        catch (Exception e) when (errors.Note(e, context))
        {
            throw;
        }
    }

    private async ValueTask<(AudienceQuestion Question, ListPosition? Since)> ReadHeaderAsync(
        IAsyncStreamReader<ScreenAudienceRequest> requests, ServerCallContext context, CancellationToken cancellation)
    {
        if (!await requests.MoveNext(cancellation) || requests.Current.PartCase != ScreenAudienceRequest.PartOneofCase.Header)
        {
            throw Refusal.Field("header", "missing", "the first message of a screening must be its header");
        }

        var first = requests.Current;
        var caller = (Caller)context.GetHttpContext().User;
        var question = await AudienceQuestion.ReadAsync(first.Header, caller, admission, AnswerTime.Until(context.Deadline, time), cancellation);
        return (question, first.Position.Length == 0 ? null : positions.Read(first.Position));
    }
}
