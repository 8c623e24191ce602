using System.Text.Json;
using System.Text.RegularExpressions;
using Belong.ConsentService.Testing.Cases;

namespace Belong.ConsentService.Rules.Tests.Vocabulary;

public sealed partial class ReasonTests
{
    [Fact]
    public void Every_reason_of_the_catalogue_has_its_number_in_the_enum_and_in_the_contract()
    {
        using var catalogue = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "spec", "reasons.json")));
        var numbers = catalogue.RootElement.EnumerateArray()
            .ToDictionary(entry => entry.GetProperty("code").GetString()!, entry => entry.GetProperty("order").GetInt32());

        Assert.Equal(numbers.OrderBy(entry => entry.Value), Enum.GetValues<Reason>().ToDictionary(SpecNames.Reasons.Of, reason => (int)reason).OrderBy(entry => entry.Value));
        Assert.Equal(numbers.OrderBy(entry => entry.Value), ContractNumbers("ReasonCode", "REASON_CODE_").OrderBy(entry => entry.Value));
    }

    [Fact]
    public void The_small_vocabularies_have_the_numbers_of_the_contract()
    {
        Assert.Equal(ContractNumbers("DataItem", "DATA_ITEM_"), Numbers(SpecNames.Items));
        Assert.Equal(ContractNumbers("Channel", "CHANNEL_"), Numbers(SpecNames.Channels));
        Assert.Equal(ContractNumbers("Obligation", "OBLIGATION_"), Numbers(SpecNames.Obligations));
        Assert.Equal(ContractNumbers("Outcome", "OUTCOME_"), Numbers(SpecNames.Outcomes));
        Assert.Equal(ContractNumbers("CheckMode", "CHECK_MODE_"), Numbers(SpecNames.Modes));
    }

    [Fact]
    public void Every_reason_has_its_words()
    {
        Assert.All(Enum.GetValues<Reason>(), reason =>
        {
            var text = ReasonCatalogue.Of(reason);
            Assert.All([text.Code, text.Clause, text.LabelJa, text.GlossEn], word => Assert.False(string.IsNullOrWhiteSpace(word)));
        });
        Assert.Equal("§9 ※", ReasonCatalogue.Of(Reason.DmOptedOut).Clause);
    }

    [Fact]
    public void Reasons_fit_into_one_word_and_are_listed_by_number()
    {
        var all = Enum.GetValues<Reason>();
        Assert.True(all.Length <= 64, $"{all.Length} reasons");
        var set = all.Reverse().Aggregate(default(ReasonSet), (reasons, reason) => reasons.With(reason));
        var listed = new List<Reason>();
        foreach (var reason in set)
        {
            listed.Add(reason);
        }

        Assert.Equal(all.Order(), listed);
        Assert.Equal(Reason.RequestMalformed, set.Primary);
        Assert.Equal(all.Length, set.Count);
    }

    private static Dictionary<string, int> Numbers<T>(SpecNames<T> names)
        where T : struct, Enum =>
        Enum.GetValues<T>().Where(value => Convert.ToInt32(value) != 0).ToDictionary(names.Of, value => Convert.ToInt32(value));

    /// <summary>Read as text, so that the rules need no generated code to be tested.</summary>
    private static Dictionary<string, int> ContractNumbers(string name, string prefix)
    {
        var contract = File.ReadAllText(Path.Combine(Repository.Root, "protos", "belong", "consent", "v1", "vocabulary.proto"));
        var start = contract.IndexOf($"enum {name} {{", StringComparison.Ordinal);
        var body = contract[start..contract.IndexOf('}', start)];
        return Entry().Matches(body)
            .Select(match => (Name: match.Groups["name"].Value, Number: int.Parse(match.Groups["number"].Value)))
            .Where(entry => entry.Number != 0)
            .ToDictionary(entry => entry.Name[prefix.Length..], entry => entry.Number);
    }

    [GeneratedRegex(@"^\s*(?<name>[A-Z0-9_]+) = (?<number>\d+);", RegexOptions.Multiline)]
    private static partial Regex Entry();
}
