using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>Each case in a call of its own.</summary>
internal sealed class UnaryDoor(string name, ConsentCheck.ConsentCheckClient client) : Door(name, "cases")
{
    public override Task AskAsync(IReadOnlyList<AskedCase> cases) => Parallel.ForEachAsync(
        Sayable(cases), new ParallelOptions { MaxDegreeOfParallelism = Askers }, async (asked, _) => await AskAsync(asked));

    private async Task AskAsync(AskedCase asked)
    {
        try
        {
            Add(asked, AnswerReader.Read(await SendAsync(asked)));
        }
        catch (RpcException refusal)
        {
            Add(asked, AnswerReader.Read(refusal));
        }
    }

    private async Task<Decision> SendAsync(AskedCase asked) => asked.Request switch
    {
        CheckUseRequest use => (await client.CheckUseAsync(use, asked.Authorization)).Decision,
        CheckDisclosureRequest disclosure => (await client.CheckDisclosureAsync(disclosure, asked.Authorization)).Decision,
        CheckAnonymizedProvisionRequest anonymized => (await client.CheckAnonymizedProvisionAsync(anonymized, asked.Authorization)).Decision,
        _ => throw new InvalidOperationException($"{asked.Request?.Descriptor.Name} is no check"),
    };
}
