using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Cases;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>One way to ask the service. What it is asked, it is asked in the state that the stack is in.</summary>
internal abstract class Door(string name, string what)
{
    protected const int Askers = 8;

    private readonly Dictionary<DecisionCase, CaseDecision> _answers = new(ReferenceEqualityComparer.Instance as IEqualityComparer<DecisionCase>);

    public string Name => name;

    /// <summary>For people: the cases that can be asked through it.</summary>
    public string What => what;

    public bool HasAnswered(DecisionCase @case) => _answers.ContainsKey(@case);

    public CaseDecision AnswerTo(DecisionCase @case) => _answers[@case];

    /// <summary>As much of a decision as comes through this door.</summary>
    public virtual CaseDecision Carried(CaseDecision decision) => decision;

    /// <summary>Asks what can be asked through it.</summary>
    public abstract Task AskAsync(IReadOnlyList<AskedCase> cases);

    protected void Add(AskedCase asked, CaseDecision answer)
    {
        lock (_answers)
        {
            _answers.Add(asked.Case, answer);
        }
    }

    /// <summary>What no message can say counts as refused by the contract.</summary>
    protected IEnumerable<AskedCase> Sayable(IReadOnlyList<AskedCase> cases)
    {
        foreach (var unsayable in cases.Where(asked => asked.Request is null))
        {
            Add(unsayable, new CaseDecision { GrpcStatus = "INVALID_ARGUMENT", Reasons = [SpecNames.Reasons.Of(Reason.RequestMalformed)] });
        }

        return cases.Where(asked => asked.Request is not null);
    }
}
