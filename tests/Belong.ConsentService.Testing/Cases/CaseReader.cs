using System.Text.Json;
using System.Text.Json.Nodes;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Testing.Cases;

/// <summary>Turns the JSON of a case into the types of the rules.</summary>
internal static class CaseReader
{
    public static DecisionCase Read(JsonObject node, CaseJson json, string file)
    {
        var stated = JsonSerializer.SerializeToElement(node);
        var exists = json.Member.ValueKind == JsonValueKind.Object;
        var vendors = RegisterReader.Vendors(json.Vendors);
        var policies = RegisterReader.PolicyVersions(json.Policy);
        var determinations = RegisterReader.Determinations(json.Policy);
        return new DecisionCase
        {
            Id = stated.Text("id") ?? "?",
            Title = stated.Text("title") ?? "",
            File = file,
            Request = RequestReader.Read(json.Request),
            Caller = json.Request.Field("caller") is { ValueKind: JsonValueKind.String } caller ? caller.GetString() : null,
            Grants = Grants(json.System),
            FactsReadable = json.System.Flag("facts_readable"),
            FactsAge = FactsAge(json.System),
            MemberId = exists ? json.Member.Text("id") : null,
            Member = exists ? MemberReader.Read(json.Member) : null,
            Vendors = vendors,
            PolicyVersions = policies,
            Determinations = determinations,
            Register = new Register(1, vendors, policies, determinations),
            Expected = Expected(stated.Field("expected") ?? default),
            Json = json,
        };
    }

    /// <summary>An age that is not stated is too old.</summary>
    private static TimeSpan FactsAge(JsonElement system) =>
        TimeSpan.FromMilliseconds(Math.Min(system.Field("facts_age_ms")?.GetDouble() ?? double.MaxValue, TimeSpan.FromDays(10_000).TotalMilliseconds));

    private static Dictionary<string, Grant> Grants(JsonElement system)
    {
        var grants = new Dictionary<string, Grant>(StringComparer.Ordinal);
        if (system.Field("caller_grants") is not { } callers)
        {
            return grants;
        }

        foreach (var caller in callers.EnumerateObject().Where(caller => caller.Value.ValueKind == JsonValueKind.Object))
        {
            var kinds = caller.Value.Each("kinds")
                .Where(kind => SpecNames.Kinds.TryParse(kind.GetString()!, out _))
                .Select(kind => SpecNames.Kinds.TryParse(kind.GetString()!, out var known) ? known : default);
            grants[caller.Name] = Grant.For(kinds, caller.Value.Purposes("purposes"), caller.Value.Flag("may_claim_exceptions"));
        }

        return grants;
    }

    private static CaseDecision Expected(JsonElement expected) => new()
    {
        GrpcStatus = expected.Text("grpc_status") ?? "OK",
        Outcome = expected.Text("outcome"),
        Reasons = Texts(expected, "reasons"),
        PerPurpose = expected.Field("per_purpose") is { } purposes
            ? purposes.EnumerateObject().ToDictionary(
                purpose => purpose.Name, purpose => (IReadOnlyList<string>)[.. purpose.Value.EnumerateArray().Select(reason => reason.GetString()!)])
            : [],
        PermittedItems = Texts(expected, "permitted_items"),
        WithheldItems = expected.Field("withheld_items") is { } withheld
            ? withheld.EnumerateObject().ToDictionary(item => item.Name, item => item.Value.GetString()!)
            : [],
        Obligations = Texts(expected, "obligations"),
    };

    private static string[] Texts(JsonElement element, string name) => [.. element.Each(name).Select(entry => entry.GetString()!)];
}
