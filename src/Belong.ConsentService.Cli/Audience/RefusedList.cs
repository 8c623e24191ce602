using System.Globalization;
using System.Text;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Client.Lists;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>Who is refused and why: id, primary reason and, when asked for, all reasons with blanks between them.</summary>
internal sealed class RefusedList(FileOutput file, bool isCsv)
{
    public FileOutput File => file;

    public static bool IsCsv(string path) => path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

    public static string Code(ReasonCode reason) =>
        Enum.IsDefined(reason) ? Names.Of(reason) : ((int)reason).ToString(CultureInfo.InvariantCulture);

    public void Add(ReadOnlySpan<byte> id, in Verdict verdict)
    {
        if (isCsv)
        {
            AddQuoted(id);
        }
        else
        {
            AddEscaped(id);
        }

        var separator = isCsv ? ',' : '\t';
        var all = verdict.Reasons is null ? "" : separator + string.Join(' ', verdict.Reasons.Select(Code));
        file.Add(Encoding.UTF8.GetBytes($"{separator}{Code(verdict.Primary)}{all}\n"));
    }

    /// <summary>What is no id may hold what separates columns.</summary>
    private void AddEscaped(ReadOnlySpan<byte> id)
    {
        foreach (var letter in id)
        {
            file.Add(letter switch
            {
                (byte)'\t' => "\\t"u8,
                (byte)'\r' => "\\r"u8,
                _ => [letter],
            });
        }
    }

    private void AddQuoted(ReadOnlySpan<byte> id)
    {
        if (id.IndexOfAny(",\"\r"u8) < 0)
        {
            file.Add(id);
            return;
        }

        file.Add("\""u8);
        foreach (var letter in id)
        {
            file.Add(letter == (byte)'"' ? "\"\""u8 : [letter]);
        }

        file.Add("\""u8);
    }
}
