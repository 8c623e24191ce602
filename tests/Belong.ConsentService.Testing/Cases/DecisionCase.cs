using System.Text.Json;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Testing.Cases;

/// <summary>A worked case: the facts, a request, and the decision they must give.</summary>
public sealed record DecisionCase
{
    /// <summary>The clock of every case.</summary>
    public static readonly Instant Clock = Instant.Parse("2026-04-01T00:00:00Z");

    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>The file it was read from.</summary>
    public required string File { get; init; }

    public required CheckRequest Request { get; init; }

    public required string? Caller { get; init; }

    public required IReadOnlyDictionary<string, Grant> Grants { get; init; }

    public required bool FactsReadable { get; init; }

    public required TimeSpan FactsAge { get; init; }

    /// <summary>Null when no such member exists.</summary>
    public required string? MemberId { get; init; }

    /// <summary>Null when no such member exists.</summary>
    public required MemberFacts? Member { get; init; }

    public required IReadOnlyList<Vendor> Vendors { get; init; }

    public required IReadOnlyList<PolicyVersion> PolicyVersions { get; init; }

    public required IReadOnlyList<Determination> Determinations { get; init; }

    public required Register Register { get; init; }

    public required CaseDecision Expected { get; init; }

    /// <summary>The case with the defaults merged in, as JSON.</summary>
    public required CaseJson Json { get; init; }

    public Grant? Grant => Caller is null ? null : Grants.GetValueOrDefault(Caller);

    public override string ToString() => $"{Id} {Title}";
}

/// <summary>The merged facts of a case and its request as they were written.</summary>
/// <param name="Member">An object, or null when no such member exists.</param>
/// <param name="Vendors">An object: the vendor by id, each with the defaults merged in.</param>
/// <param name="Policy">An object: <c>versions</c> and <c>purpose8_determinations</c>.</param>
public sealed record CaseJson(JsonElement System, JsonElement Policy, JsonElement Member, JsonElement Vendors, JsonElement Request);
