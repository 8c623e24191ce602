namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>What a load looks at in every answer.</summary>
/// <param name="Outcome">As in <c>belong.consent.v1.Outcome</c>.</param>
/// <param name="Primary">The first reason; 0 when there is none.</param>
/// <param name="Source">Where the facts were read, as in <c>FactsSource</c>.</param>
internal readonly record struct Answer(int Outcome, int Primary, int Source)
{
    /// <summary>Why there is no answer: the status that the call ended with; null when that is OK.</summary>
    public string? Refusal { get; init; }

    public const int Allow = 1;
    public const int FromCache = 1;

    private const int OutcomeField = 1;
    private const int ReasonsField = 2;
    private const int BasisField = 9;
    private const int SourceField = 6;

    /// <summary>Of a response whose first field is the decision.</summary>
    public static Answer ReadResponse(ReadOnlySpan<byte> message)
    {
        var reader = new WireReader(message);
        while (reader.MoveNext())
        {
            if (reader.Field == 1)
            {
                return ReadDecision(reader.Bytes);
            }
        }

        return default;
    }

    public static Answer ReadDecision(ReadOnlySpan<byte> decision)
    {
        var answer = new Answer();
        var reader = new WireReader(decision);
        while (reader.MoveNext())
        {
            answer = reader.Field switch
            {
                OutcomeField => answer with { Outcome = (int)reader.Number },
                ReasonsField when answer.Primary == 0 => answer with { Primary = reader.FirstNumber },
                BasisField => answer with { Source = ReadSource(reader.Bytes) },
                _ => answer,
            };
        }

        return answer;
    }

    private static int ReadSource(ReadOnlySpan<byte> basis)
    {
        var reader = new WireReader(basis);
        while (reader.MoveNext())
        {
            if (reader.Field == SourceField)
            {
                return (int)reader.Number;
            }
        }

        return 0;
    }
}
