using System.Text.Json;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Testing.Cases;

/// <summary>Reads a request; what its types cannot hold becomes its fault.</summary>
internal sealed class RequestReader
{
    private RequestFault? _fault;

    public static CheckRequest Read(JsonElement json) => new RequestReader().ReadRequest(json);

    private CheckRequest ReadRequest(JsonElement json)
    {
        var request = new CheckRequest
        {
            Kind = Named(json, "kind", SpecNames.Kinds, default),
            MemberId = Text(json, "member_id"),
            Purposes = Purposes(json, "purposes"),
            Channel = Named(json, "channel", SpecNames.Channels, Channel.None),
            PromotionalContent = Flag(json, "promotional_content"),
            RecipientId = Text(json, "recipient_id"),
            RecipientPurpose = Text(json, "recipient_purpose"),
            Items = Items(json, "items"),
            ObligationRef = Text(json, "obligation_ref"),
            InquiryRef = Text(json, "inquiry_ref"),
            DeterminationRef = Text(json, "determination_ref"),
            ExceptionClaim = Part(json, "exception_claim") is { } claim ? Claim(claim) : null,
            Dataset = Part(json, "dataset") is { } dataset
                ? new Dataset(Text(dataset, "id"), Flag(dataset, "certified_anonymous"), Text(dataset, "method"))
                : null,
            Mode = Named(json, "mode", SpecNames.Modes, Mode.Live),
            At = Time(json, "at"),
        };
        return request with { Fault = _fault };
    }

    private ExceptionClaim Claim(JsonElement claim) => new()
    {
        Item = Number(claim, "item"),
        ApproverId = Text(claim, "approver_id"),
        PrivacyApprovalRef = Text(claim, "privacy_approval_ref"),
        NecessityStatement = Text(claim, "necessity_statement"),
        ConsentDifficultyReason = Text(claim, "consent_difficulty_reason"),
        RequestingBody = Text(claim, "requesting_body"),
        StatutoryAffairsCitation = Text(claim, "statutory_affairs_citation"),
        HindranceReason = Text(claim, "hindrance_reason"),
        WarrantRef = Text(claim, "warrant_ref"),
        IssuingCourt = Text(claim, "issuing_court"),
        IssuedAt = Time(claim, "issued_at"),
        ValidUntil = Time(claim, "valid_until"),
        ScopeStatement = Text(claim, "scope_statement"),
        LawCitation = Text(claim, "law_citation"),
        DocumentRef = Text(claim, "document_ref"),
        Compulsory = Flag(claim, "compulsory"),
    };

    private T Named<T>(JsonElement json, string name, SpecNames<T> names, T fallback)
        where T : struct, Enum
    {
        if (json.Field(name) is not { } field)
        {
            return fallback;
        }

        return field.ValueKind == JsonValueKind.String && names.TryParse(field.GetString()!, out var value)
            ? value
            : Fault<T>(name, field, $"one of {names}");
    }

    private PurposeSet Purposes(JsonElement json, string name)
    {
        var set = new PurposeSet();
        foreach (var entry in List(json, name))
        {
            set = entry.ValueKind == JsonValueKind.Number && entry.TryGetInt32(out var number) && PurposeSet.IsKnown(number)
                ? set.With((Purpose)number)
                : Fault<PurposeSet>(name, entry, "a number from 1 to 8");
        }

        return set;
    }

    private ItemSet Items(JsonElement json, string name)
    {
        var set = new ItemSet();
        foreach (var entry in List(json, name))
        {
            set = entry.ValueKind == JsonValueKind.String && SpecNames.Items.TryParse(entry.GetString()!, out var item)
                ? set.With(item)
                : Fault<ItemSet>(name, entry, $"one of {SpecNames.Items}");
        }

        return set;
    }

    private IEnumerable<JsonElement> List(JsonElement json, string name) => json.Field(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray(),
        { } other => Fault<JsonElement[]>(name, other, "a list") ?? [],
    };

    private JsonElement? Part(JsonElement json, string name) => json.Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } part => part,
        { } other => Fault<JsonElement?>(name, other, "an object"),
    };

    private string? Text(JsonElement json, string name) => json.Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } other => Fault<string>(name, other, "a text"),
    };

    private bool Flag(JsonElement json, string name) => json.Field(name) switch
    {
        null => false,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => Fault<bool>(name, other, "true or false"),
    };

    /// <summary>A number too large for its type stands for none, which rule 40 answers.</summary>
    private int Number(JsonElement json, string name) => json.Field(name) switch
    {
        null => 0,
        { ValueKind: JsonValueKind.Number } number => number.TryGetInt32(out var value) ? value : 0,
        { } other => Fault<int>(name, other, "a number"),
    };

    private Instant? Time(JsonElement json, string name) => json.Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text when JsonFields.TryParseInstant(text.GetString()!, out var instant) => instant,
        { } other => Fault<Instant?>(name, other, "an instant such as 2026-04-01T00:00:00Z"),
    };

    private T? Fault<T>(string field, JsonElement value, string allowed)
    {
        _fault ??= new RequestFault(field, value.GetRawText(), allowed);
        return default;
    }
}
