using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Dev.Chaos.Stores;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>Asks some checks in one call, of all kinds and with tokens among them.</summary>
internal sealed class BatchAsker(LoadContext context, IReadOnlyList<Instance> instances, int seed) : Client(context, instances, seed)
{
    private const int MaxChecks = 30;

    protected override async Task AskAsync(ServiceClient service, int instance, CancellationToken cancellation)
    {
        Inquiry[] inquiries = [.. Enumerable.Range(0, Dice.Next(1, MaxChecks + 1)).Select(_ => Inquiry.Pick(Context, Dice))];
        var request = new CheckBatchRequest();
        request.Checks.Add(inquiries.Select(Write));
        var call = Call.Begin(Door.Batch, instance, PickDeadline(200, 500, 2_000), Context.Time);
        try
        {
            var response = await service.Checks.CheckBatchAsync(request, call.Options);
            call = call.End(Context.Time);
            if (response.Answers.Count != inquiries.Length)
            {
                Context.Violations.Add("a batch is not answered in full", $"{response.Answers.Count} answers to {inquiries.Length} checks on instance {instance}");
                return;
            }

            Context.Take([.. inquiries.Select((inquiry, i) => Read(inquiry, call, response.Answers[i]))]);
        }
        catch (RpcException e)
        {
            call = call.End(Context.Time);
            Context.Take([.. inquiries.Select(inquiry => inquiry.Answer(call, null, Failure.Of(e)))]);
        }
    }

    private static BatchCheck Write(Inquiry inquiry) => inquiry.Question == Question.DirectMail
        ? new() { Use = Questions.WriteUse(inquiry.MemberId, inquiry.Token) }
        : new() { Disclosure = Questions.WriteDisclosure(inquiry.Question, inquiry.MemberId, inquiry.Token) };

    private static Observation Read(Inquiry inquiry, Call call, BatchAnswer answer) => answer.Refusal is { } refusal
        ? inquiry.Answer(call, null, new Failure((StatusCode)refusal.StatusCode, refusal.Message))
        : inquiry.Answer(call, answer.Decision);
}
