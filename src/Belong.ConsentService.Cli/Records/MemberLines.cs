using System.Runtime.CompilerServices;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Records;

/// <summary>The members of a file, one per line; names the line that is broken.</summary>
internal sealed class MemberLines(Stream stream, string path, bool skipInvalid)
{
    private const int MaxLineChars = 1024 * 1024;
    private const int MaxRefusals = 100;

    /// <summary>Lines that were left out.</summary>
    public long Broken { get; private set; }

    /// <summary>The first 100 of them.</summary>
    public List<ImportRefusal> Refusals { get; } = [];

    public async IAsyncEnumerable<ImportedMember> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new StreamReader(stream);
        for (long line = 1; await reader.ReadLineAsync(cancellation) is { } text; line++)
        {
            if (!string.IsNullOrWhiteSpace(text) && Parse(text, line) is { } member)
            {
                yield return member;
            }
        }
    }

    private ImportedMember? Parse(string text, long line)
    {
        if (text.Length > MaxLineChars)
        {
            Refuse(line, $"is longer than {MaxLineChars} characters.");
            return null;
        }

        if (!ProtoJson.TryParse<ImportedMember>(text, out var member, out var problem))
        {
            Refuse(line, $"is not a member in proto JSON: {problem}");
            return null;
        }

        member.Line = line;
        return member;
    }

    private void Refuse(long line, string problem)
    {
        if (!skipInvalid)
        {
            throw new UsageException($"Line {line} of {path} {problem} Nothing was imported.");
        }

        Broken++;
        if (Refusals.Count < MaxRefusals)
        {
            Refusals.Add(new ImportRefusal { Line = line, Message = $"The line {problem}" });
        }
    }
}
