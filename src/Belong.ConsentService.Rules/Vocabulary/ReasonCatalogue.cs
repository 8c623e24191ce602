using System.Text.Json;

namespace Belong.ConsentService.Rules;

/// <summary>What a reason rests on.</summary>
/// <param name="Code">The reason's name, such as <c>DM_OPTED_OUT</c>.</param>
/// <param name="Clause">The clause of the policy or the law.</param>
/// <param name="LabelJa">The words of the clause.</param>
/// <param name="GlossEn">What it means, in English.</param>
public sealed record ReasonText(string Code, string Clause, string LabelJa, string GlossEn);

/// <summary>The words behind every reason, from <c>spec/reasons.json</c>.</summary>
public static class ReasonCatalogue
{
    private static readonly ReasonText[] ByNumber = Load();

    public static ReasonText Of(Reason reason) => ByNumber[(int)reason];

    private static ReasonText[] Load()
    {
        using var stream = typeof(ReasonCatalogue).Assembly.GetManifestResourceStream("reasons.json")
            ?? throw new InvalidOperationException("reasons.json is not embedded");
        using var document = JsonDocument.Parse(stream);
        var texts = new ReasonText[256];
        foreach (var entry in document.RootElement.EnumerateArray())
        {
            texts[entry.GetProperty("order").GetInt32()] = new ReasonText(
                entry.GetProperty("code").GetString()!,
                entry.GetProperty("clause").GetString()!,
                entry.GetProperty("label_ja").GetString()!,
                entry.GetProperty("gloss_en").GetString()!);
        }

        return texts;
    }
}
