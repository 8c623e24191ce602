namespace Belong.ConsentService.Testing.Cases;

/// <summary>
/// A decision in the words of the spec: what a case expects, and what a door answered. Lists of
/// reasons are in order; items and obligations are sets.
/// </summary>
public sealed record CaseDecision
{
    /// <summary><c>OK</c>, <c>INVALID_ARGUMENT</c> or <c>PERMISSION_DENIED</c>.</summary>
    public string GrpcStatus { get; init; } = "OK";

    /// <summary>Null for a gRPC error.</summary>
    public string? Outcome { get; init; }

    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>The reasons by purpose; empty where there are none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> PerPurpose { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>();

    public IReadOnlyList<string> PermittedItems { get; init; } = [];

    /// <summary>The reason by item.</summary>
    public IReadOnlyDictionary<string, string> WithheldItems { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> Obligations { get; init; } = [];

    /// <summary>What differs, a line each; empty when nothing does.</summary>
    public IReadOnlyList<string> DifferencesFrom(CaseDecision actual)
    {
        var differences = new List<string>();
        Compare("grpc_status", GrpcStatus, actual.GrpcStatus);
        Compare("outcome", Outcome ?? "null", actual.Outcome ?? "null");
        Compare("reasons", Ordered(Reasons), Ordered(actual.Reasons));
        Compare("per_purpose", ByPurpose(PerPurpose), ByPurpose(actual.PerPurpose));
        Compare("permitted_items", Unordered(PermittedItems), Unordered(actual.PermittedItems));
        Compare("withheld_items", ByItem(WithheldItems), ByItem(actual.WithheldItems));
        Compare("obligations", Unordered(Obligations), Unordered(actual.Obligations));
        return differences;

        void Compare(string field, string expected, string given)
        {
            if (!string.Equals(expected, given, StringComparison.Ordinal))
            {
                differences.Add($"{field}: expected {expected}, got {given}");
            }
        }
    }

    private static string Ordered(IEnumerable<string> values) => $"[{string.Join(", ", values)}]";

    private static string Unordered(IEnumerable<string> values) =>
        $"{{{string.Join(", ", values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))}}}";

    private static string ByPurpose(IReadOnlyDictionary<string, IReadOnlyList<string>> map) =>
        Unordered(map.Select(entry => $"{entry.Key}: {Ordered(entry.Value)}"));

    private static string ByItem(IReadOnlyDictionary<string, string> map) =>
        Unordered(map.Select(entry => $"{entry.Key}: {entry.Value}"));
}
