using System.Collections.Concurrent;
using Belong.ConsentService.Rules.Tests.Generators;
using Belong.ConsentService.Testing.Cases;
using CsCheck;

namespace Belong.ConsentService.Rules.Tests.Model;

public sealed class ModelTests
{
    private const long Inputs = 150_000;

    [Fact]
    public void The_evaluator_decides_as_the_text_read_plainly()
    {
        var seen = new ConcurrentDictionary<Reason, int>();
        Worlds.Any.Sample(
            world =>
            {
                var decision = RulesModel.Decide(world);
                foreach (var reason in decision.Reasons)
                {
                    seen.AddOrUpdate(reason, 1, (_, count) => count + 1);
                }

                var (model, evaluator) = (decision.ToString(), DecisionLists.Of(Worlds.Decide(world)).ToString());
                Assert.True(model == evaluator, $"the text:\n{model}\nthe evaluator:\n{evaluator}");
            },
            iter: Inputs,
            print: Worlds.Print);
        var rare = Enum.GetValues<Reason>().Where(reason => seen.GetValueOrDefault(reason) < 50).ToList();
        Assert.True(rare.Count == 0, $"the generators hardly reach {string.Join(", ", rare)}");
    }

    [Fact]
    public void The_model_passes_the_cases_of_the_spec()
    {
        foreach (var entry in CaseFolder.Load(Path.Combine(Repository.Root, "spec", "cases")))
        {
            var world = new World(entry.Request, entry.Grant, DecisionCase.Clock, entry.FactsReadable, entry.FactsAge,
                entry.MemberId == entry.Request.MemberId ? entry.Member : null, entry.Vendors, entry.PolicyVersions, entry.Determinations);
            var decision = RulesModel.Decide(world);
            Assert.Equal((entry.Id, string.Join(", ", entry.Expected.Reasons)), (entry.Id, string.Join(", ", decision.Reasons.Select(SpecNames.Reasons.Of))));
        }
    }
}
