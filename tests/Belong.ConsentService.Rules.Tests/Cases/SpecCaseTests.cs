using Belong.ConsentService.Testing.Cases;

namespace Belong.ConsentService.Rules.Tests.Cases;

public sealed class SpecCaseTests
{
    /// <summary>Those of the spec, and those that fix how its less plain sentences are read.</summary>
    private static readonly Dictionary<string, DecisionCase> Cases =
        CaseFolder.Load(Path.Combine(Repository.Root, "spec", "cases"))
            .Concat(CaseFolder.Load(Path.Combine(Repository.Root, "tests", "cases")))
            .ToDictionary(entry => entry.Id);

    public static TheoryData<string> Ids => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_evaluator_decides_as_the_case_says(string id)
    {
        var differences = Cases[id].Expected.DifferencesFrom(EvaluatorDoor.Answer(Cases[id]));
        Assert.True(differences.Count == 0, $"{Cases[id]}\n{string.Join('\n', differences)}");
    }

    [Fact]
    public void The_spec_has_its_cases() => Assert.True(Cases.Count >= 146, $"only {Cases.Count} cases");
}
