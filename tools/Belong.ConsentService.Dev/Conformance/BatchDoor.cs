using System.Globalization;
using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>All cases of one caller together.</summary>
internal sealed class BatchDoor(string name, ConsentCheck.ConsentCheckClient client) : Door(name, "cases")
{
    /// <summary>Far below what a message may hold, whatever the cases say.</summary>
    private const int MaxChecks = 500;

    public override async Task AskAsync(IReadOnlyList<AskedCase> cases)
    {
        foreach (var ofCaller in Sayable(cases).GroupBy(asked => asked.Key))
        {
            foreach (var batch in ofCaller.Chunk(MaxChecks))
            {
                await AskAsync(batch);
            }
        }
    }

    private async Task AskAsync(AskedCase[] batch)
    {
        var request = new CheckBatchRequest();
        request.Checks.Add(batch.Select(Write));
        try
        {
            var response = await client.CheckBatchAsync(request, batch[0].Authorization);
            var answers = response.Answers.ToDictionary(answer => answer.CorrelationId);
            Array.ForEach(batch, asked => Add(asked, AnswerReader.Read(answers[NumberOf(asked)])));
        }
        catch (RpcException refusal)
        {
            Array.ForEach(batch, asked => Add(asked, AnswerReader.Read(refusal)));
        }
    }

    private static BatchCheck Write(AskedCase asked) => asked.Request switch
    {
        CheckUseRequest use => new() { CorrelationId = NumberOf(asked), Use = use },
        CheckDisclosureRequest disclosure => new() { CorrelationId = NumberOf(asked), Disclosure = disclosure },
        CheckAnonymizedProvisionRequest anonymized => new() { CorrelationId = NumberOf(asked), AnonymizedProvision = anonymized },
        _ => throw new InvalidOperationException($"{asked.Request?.Descriptor.Name} is no check"),
    };

    private static string NumberOf(AskedCase asked) => asked.Names.Number.ToString(CultureInfo.InvariantCulture);
}
