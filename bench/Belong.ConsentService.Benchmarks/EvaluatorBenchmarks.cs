using Belong.ConsentService.Rules;
using BenchmarkDotNet.Attributes;

namespace Belong.ConsentService.Benchmarks;

/// <summary>The rules alone: from a request that was admitted and facts that were read to the decision.</summary>
public class EvaluatorBenchmarks
{
    private readonly FactsView _facts = new(true, TimeSpan.FromMilliseconds(300), Examples.Typical, Examples.Register);
    private readonly Grant _grant = Grant.For(Enum.GetValues<Kind>(), new PurposeSet(byte.MaxValue), mayClaimExceptions: true);

    [Benchmark(Description = "evaluator: the common check of direct mail")]
    public Outcome DirectMail() => Decide(Examples.DirectMail);

    [Benchmark(Description = "evaluator: disclosure to a contractor, 50 vendors in the register")]
    public Outcome Contractor() => Decide(Examples.ToContractor);

    [Benchmark(Description = "evaluator: disclosure to a third party by consent")]
    public Outcome ThirdParty() => Decide(Examples.ToThirdParty);

    private Outcome Decide(CheckRequest request)
    {
        var outcome = Evaluator.Decide(Evaluator.Admit(request, _grant, Examples.Now), _facts, FreshnessBounds.Default).Outcome;
        return outcome == Outcome.Allow ? outcome : throw new InvalidOperationException("another case than is meant to be measured");
    }
}
