using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Checks;

/// <summary>An answer for a person: the outcome and why, then what goes with it.</summary>
internal static class DecisionText
{
    public static void Write(TextWriter output, Decision decision, string? language)
    {
        output.WriteLine($"{Names.Of(decision.Outcome)}  {Reason(decision, 0, language)}");
        for (var i = 1; i < decision.Reasons.Count; i++)
        {
            output.WriteLine($"  also         {Reason(decision, i, language)}");
        }

        WritePurposes(output, decision);
        WriteList(output, "permitted", decision.PermittedItems.Select(item => Names.Of(item)));
        WriteList(output, "withheld", decision.WithheldItems.Select(Withheld));
        WriteList(output, "obligations", decision.Obligations.Select(obligation => Names.Of(obligation)));
        WriteBasis(output, decision);
    }

    private static void WritePurposes(TextWriter output, Decision decision)
    {
        foreach (var purpose in decision.PerPurpose)
        {
            var reasons = string.Join(", ", purpose.Reasons.Select(reason => Names.Of(reason)));
            output.WriteLine($"  purpose {(int)purpose.Purpose}    {reasons}");
        }
    }

    private static void WriteBasis(TextWriter output, Decision decision)
    {
        if (decision.EvaluatedAt is not null)
        {
            output.WriteLine($"  judged at    {Times.Of(decision.EvaluatedAt)}");
        }

        if (decision.ValidUntil is not null)
        {
            output.WriteLine($"  valid until  {Times.Of(decision.ValidUntil)}");
        }

        if (decision.Basis is { } basis)
        {
            var source = basis.Source == FactsSource.Unspecified ? "" : $", from the {Names.Of(basis.Source).ToLowerInvariant()}";
            output.WriteLine(
                $"  facts        {basis.FactsAgeMs} ms old{source}; member version {basis.MemberVersion}, "
                + $"register version {basis.RegisterVersion}, policy {Or(basis.PolicyVersion, "none")}, rules {Or(basis.RulesVersion, "?")}");
        }

        if (decision.Retryable)
        {
            output.WriteLine("  retry        the cause is the store, not the member: ask again soon, and do not send meanwhile");
        }
    }

    private static string Reason(Decision decision, int index, string? language)
    {
        if (index >= decision.Reasons.Count)
        {
            return "(no reason given)";
        }

        var name = Names.Of(decision.Reasons[index]);
        if (index >= decision.Explanations.Count)
        {
            return name;
        }

        var why = decision.Explanations[index];
        var words = language switch
        {
            "ja" => why.LabelJa,
            "en" => why.GlossEn,
            _ => $"{why.LabelJa}  ({why.GlossEn})",
        };
        return ProtoText.Clean($"{name}  {why.Clause} {words}");
    }

    private static string Withheld(WithheldItem withheld) => $"{Names.Of(withheld.Item)} ({Names.Of(withheld.Reason)})";

    private static void WriteList(TextWriter output, string label, IEnumerable<string> values)
    {
        if (string.Join(", ", values) is { Length: > 0 } text)
        {
            output.WriteLine($"  {label,-11}  {text}");
        }
    }

    private static string Or(string text, string otherwise) => text.Length > 0 ? ProtoText.Clean(text) : otherwise;
}
