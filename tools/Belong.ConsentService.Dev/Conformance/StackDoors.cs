using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Cases;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>
/// Answers cases by the whole stack: facts written by the registry, carried by the feed, asked through each
/// door. Cases with the same policy share a database; facts that cannot be read or are too old are
/// arranged last, where rules 3 and 4 answer before any policy is looked at.
/// </summary>
internal sealed class StackDoors(Stack stack, CaseCallers callers)
{
    private readonly FactsRecorder _recorder = new(stack);

    public IReadOnlyList<Door> All { get; } =
    [
        new UnaryDoor("stack", stack.Checks), new BatchDoor("batch", stack.Checks), new StreamDoor(stack.Audience),
        new UnaryDoor("json", stack.JsonChecks), new BatchDoor("json batch", stack.JsonChecks),
    ];

    /// <summary>Records that the registry would not take.</summary>
    public int DirectCount => _recorder.DirectCount;

    /// <summary>Records that the database cannot hold.</summary>
    public int LeftOutCount => _recorder.LeftOutCount;

    /// <summary>Requests that no message of the contract can say.</summary>
    public int UnsayableCount { get; private set; }

    public async Task AnswerAsync(IReadOnlyList<DecisionCase> cases)
    {
        var asked = cases.Select((@case, index) => AskedCase.Of(@case, new CaseNames(index), callers.KeyOf(@case))).ToList();
        UnsayableCount = asked.Count(entry => entry.Request is null);
        foreach (var group in asked.Where(entry => IsAnswerable(entry.Case)).GroupBy(entry => entry.Case.Json.Policy.GetRawText(), StringComparer.Ordinal))
        {
            await ArrangeAsync([.. group]);
            await AskFreshAsync([.. group]);
        }

        var others = asked.Where(entry => !IsAnswerable(entry.Case)).ToList();
        if (others.Count > 0)
        {
            await ArrangeAsync(others);
            await AskStaleAndUnreadableAsync(others);
        }
    }

    private static bool IsAnswerable(DecisionCase @case) =>
        @case.FactsReadable && @case.FactsAge <= FreshnessBounds.Default.For(@case.Request);

    /// <summary>Records the facts, has them carried, and stops the feed, so that the facts can be given an age.</summary>
    private async Task ArrangeAsync(List<AskedCase> cases)
    {
        await stack.BeginAsync();
        await _recorder.RecordAsync(cases[0].Case, cases);
        await stack.WaitUntilFreshAsync();
        await stack.StopFeedAsync();
    }

    private async Task AskFreshAsync(List<AskedCase> cases)
    {
        foreach (var sameAge in cases.GroupBy(entry => entry.Case.FactsAge).OrderBy(group => group.Key))
        {
            stack.SetAge(sameAge.Key);
            await AskAsync([.. sameAge]);
        }
    }

    private async Task AskStaleAndUnreadableAsync(List<AskedCase> cases)
    {
        stack.CutDatabase();
        await AskFreshAsync([.. cases.Where(entry => entry.Case.FactsReadable)]);
        stack.CutCache();
        await AskAsync([.. cases.Where(entry => !entry.Case.FactsReadable)]);
    }

    private async Task AskAsync(List<AskedCase> cases)
    {
        foreach (var door in All)
        {
            await door.AskAsync(cases);
        }
    }
}
