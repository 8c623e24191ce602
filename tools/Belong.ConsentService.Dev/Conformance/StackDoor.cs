using Belong.Consent.V1;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Cases;
using Google.Protobuf;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>
/// Answers cases by the whole stack: facts written by the registry, carried by the feed, answered over
/// gRPC. Cases with the same policy share a database; facts that cannot be read or are too old are
/// arranged last, where rules 3 and 4 answer before any policy is looked at.
/// </summary>
internal sealed class StackDoor(Stack stack, CaseCallers callers)
{
    private const int Askers = 8;

    private readonly FactsRecorder _recorder = new(stack);
    private readonly Dictionary<DecisionCase, CaseDecision> _answers = new(ReferenceEqualityComparer.Instance as IEqualityComparer<DecisionCase>);

    /// <summary>Records that the registry would not take.</summary>
    public int DirectCount => _recorder.DirectCount;

    /// <summary>Records that the database cannot hold.</summary>
    public int LeftOutCount => _recorder.LeftOutCount;

    /// <summary>Requests that no message of the contract can say.</summary>
    public int UnsayableCount { get; private set; }

    public async Task<IReadOnlyDictionary<DecisionCase, CaseDecision>> AnswerAsync(IReadOnlyList<DecisionCase> cases)
    {
        var named = cases.Select((@case, index) => (Case: @case, Names: new CaseNames(index))).ToList();
        foreach (var group in named.Where(entry => IsAnswerable(entry.Case)).GroupBy(entry => entry.Case.Json.Policy.GetRawText(), StringComparer.Ordinal))
        {
            await ArrangeAsync([.. group]);
            await AnswerFreshAsync([.. group]);
        }

        var others = named.Where(entry => !IsAnswerable(entry.Case)).ToList();
        if (others.Count > 0)
        {
            await ArrangeAsync(others);
            await AnswerStaleAndUnreadableAsync(others);
        }

        return _answers;
    }

    private static bool IsAnswerable(DecisionCase @case) =>
        @case.FactsReadable && @case.FactsAge <= FreshnessBounds.Default.For(@case.Request);

    /// <summary>Records the facts, has them carried, and stops the feed, so that the facts can be given an age.</summary>
    private async Task ArrangeAsync(List<(DecisionCase Case, CaseNames Names)> cases)
    {
        await stack.BeginAsync();
        await _recorder.RecordAsync(cases[0].Case, cases);
        await stack.WaitUntilFreshAsync();
        await stack.StopFeedAsync();
    }

    private async Task AnswerFreshAsync(List<(DecisionCase Case, CaseNames Names)> cases)
    {
        foreach (var sameAge in cases.GroupBy(entry => entry.Case.FactsAge).OrderBy(group => group.Key))
        {
            stack.SetAge(sameAge.Key);
            await AskAsync(sameAge);
        }
    }

    private async Task AnswerStaleAndUnreadableAsync(List<(DecisionCase Case, CaseNames Names)> cases)
    {
        stack.CutDatabase();
        await AnswerFreshAsync([.. cases.Where(entry => entry.Case.FactsReadable)]);
        stack.CutCache();
        await AskAsync(cases.Where(entry => !entry.Case.FactsReadable));
    }

    private Task AskAsync(IEnumerable<(DecisionCase Case, CaseNames Names)> cases) => Parallel.ForEachAsync(
        cases,
        new ParallelOptions { MaxDegreeOfParallelism = Askers },
        async (entry, _) =>
        {
            var answer = await AskAsync(entry.Case, entry.Names);
            lock (_answers)
            {
                _answers.Add(entry.Case, answer);
            }
        });

    private async Task<CaseDecision> AskAsync(DecisionCase @case, CaseNames names)
    {
        if (RequestWriter.Write(@case, names) is not { } request)
        {
            lock (_answers)
            {
                UnsayableCount++;
            }

            return new CaseDecision { GrpcStatus = "INVALID_ARGUMENT", Reasons = [SpecNames.Reasons.Of(Reason.RequestMalformed)] };
        }

        try
        {
            return AnswerReader.Read(await SendAsync(request, Stack.Authorization(callers.KeyOf(@case))));
        }
        catch (RpcException refusal)
        {
            return AnswerReader.Read(refusal);
        }
    }

    private async Task<Consent.V1.Decision> SendAsync(IMessage request, Metadata authorization) => request switch
    {
        CheckUseRequest use => (await stack.Checks.CheckUseAsync(use, authorization)).Decision,
        CheckDisclosureRequest disclosure => (await stack.Checks.CheckDisclosureAsync(disclosure, authorization)).Decision,
        CheckAnonymizedProvisionRequest anonymized => (await stack.Checks.CheckAnonymizedProvisionAsync(anonymized, authorization)).Decision,
        _ => throw new InvalidOperationException($"{request.Descriptor.Name} is no check"),
    };
}
