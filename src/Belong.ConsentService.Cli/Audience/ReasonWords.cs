using System.Text.Json;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>
/// The clause and the words behind each reason: as the service explains them, else as this version of the tool knows them, since an
/// interrupted stream explains nothing.
/// </summary>
internal sealed class ReasonWords
{
    private readonly Dictionary<int, ReasonExplanation> _byNumber = Known();

    public void Learn(IEnumerable<ReasonExplanation> explanations)
    {
        foreach (var explanation in explanations)
        {
            _byNumber[(int)explanation.Code] = explanation;
        }
    }

    public ReasonExplanation Of(ReasonCode reason) => _byNumber.GetValueOrDefault((int)reason) ?? new ReasonExplanation { Code = reason };

    /// <summary>Clause and words in one language.</summary>
    public string Text(ReasonCode reason, string language)
    {
        var why = Of(reason);
        return ProtoText.Clean($"{why.Clause}  {(language == "ja" ? why.LabelJa : why.GlossEn)}").Trim();
    }

    private static Dictionary<int, ReasonExplanation> Known()
    {
        using var stream = typeof(ReasonWords).Assembly.GetManifestResourceStream("reasons.json")
            ?? throw new InvalidOperationException("reasons.json is not embedded");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.EnumerateArray().ToDictionary(
            entry => entry.GetProperty("order").GetInt32(),
            entry => new ReasonExplanation
            {
                Code = (ReasonCode)entry.GetProperty("order").GetInt32(),
                Clause = entry.GetProperty("clause").GetString()!,
                LabelJa = entry.GetProperty("label_ja").GetString()!,
                GlossEn = entry.GetProperty("gloss_en").GetString()!,
            });
    }
}
