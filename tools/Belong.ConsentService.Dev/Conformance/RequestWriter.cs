using System.Text.Json;
using Belong.Consent.V1;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Cases;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Enum = System.Enum;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>
/// Says the request of a case as a message. A value that the spec does not know goes over the wire as
/// one that the contract does not know either.
/// </summary>
internal sealed class RequestWriter(JsonElement json, CaseNames names)
{
    private const int UnknownNumber = 99;
    private const string NoId = "\u0001";

    private static readonly string[] ClaimTexts =
    [
        "approver_id", "privacy_approval_ref", "necessity_statement", "consent_difficulty_reason", "requesting_body",
        "statutory_affairs_citation", "hindrance_reason", "warrant_ref", "issuing_court", "scope_statement", "law_citation", "document_ref",
    ];

    /// <summary>The message, or null when the contract has no way to say it.</summary>
    public static IMessage? Write(DecisionCase @case, CaseNames names)
    {
        var writer = new RequestWriter(@case.Json.Request, names);
        return Text(@case.Json.Request, "kind") switch
        {
            "USE" => writer.HasValue("exception_claim") ? null : writer.WriteUse(),
            "CONTRACTOR" => writer.WriteDisclosure(Capacity.Contractor),
            "THIRD_PARTY" => writer.WriteDisclosure(Capacity.ThirdParty),
            "ANONYMIZED" => writer.HasValue("exception_claim") ? null : writer.WriteAnonymized(),
            _ => null,
        };
    }

    private CheckUseRequest? WriteUse()
    {
        if (!IsFlag(json, "promotional_content"))
        {
            return null;
        }

        var message = new CheckUseRequest
        {
            MemberId = Id("member_id"),
            PromotionalContent = Flag(json, "promotional_content"),
            ObligationRef = Reference("obligation_ref"),
            InquiryRef = Reference("inquiry_ref"),
            DeterminationRef = Reference("determination_ref"),
            Options = Options(),
        };
        message.Purposes.AddRange(Purposes());
        message.Items.AddRange(Items());
        if (HasValue("channel"))
        {
            message.Channel = Channel();
        }

        return message;
    }

    private CheckDisclosureRequest? WriteDisclosure(Capacity capacity)
    {
        var isClaimed = HasValue("exception_claim");
        if (!IsFlag(json, "promotional_content") || (isClaimed && !IsSayableClaim(json.GetProperty("exception_claim"))))
        {
            return null;
        }

        var message = new CheckDisclosureRequest
        {
            MemberId = Id("member_id"),
            PromotionalContent = Flag(json, "promotional_content"),
            ObligationRef = Reference("obligation_ref"),
            InquiryRef = Reference("inquiry_ref"),
            DeterminationRef = Reference("determination_ref"),
            RecipientId = isClaimed ? TextOrNoId("recipient_id") : Id("recipient_id"),
            RecipientPurpose = Reference("recipient_purpose"),
            Capacity = capacity,
            ExceptionClaim = isClaimed ? Claim(json.GetProperty("exception_claim")) : null,
            Options = Options(),
        };
        message.Purposes.AddRange(Purposes());
        message.Items.AddRange(Items());
        if (HasValue("channel"))
        {
            message.Channel = Channel();
        }

        return message;
    }

    private CheckAnonymizedProvisionRequest? WriteAnonymized()
    {
        if (!IsFlag(json, "promotional_content") || !AreTexts(json, "member_id", "recipient_id")
            || (HasValue("dataset") && !IsSayableDataset(json.GetProperty("dataset"))))
        {
            return null;
        }

        var message = new CheckAnonymizedProvisionRequest
        {
            MemberId = Text(json, "member_id") ?? "",
            PromotionalContent = Flag(json, "promotional_content"),
            RecipientId = Text(json, "recipient_id") ?? "",
            Dataset = HasValue("dataset") ? Dataset(json.GetProperty("dataset")) : null,
            Options = Options(),
        };
        message.Purposes.AddRange(Purposes());
        message.Items.AddRange(Items());
        if (HasValue("channel"))
        {
            message.Channel = Channel();
        }

        return message;
    }

    private CheckOptions Options()
    {
        var options = new CheckOptions();
        if (HasValue("mode"))
        {
            options.Mode = SpecNames.Modes.TryParse(Text(json, "mode") ?? "", out var mode) ? (CheckMode)mode : (CheckMode)UnknownNumber;
        }

        if (HasValue("at"))
        {
            options.At = Time(json, "at");
        }

        return options;
    }

    private static Consent.V1.Dataset Dataset(JsonElement dataset) => new()
    {
        Id = Text(dataset, "id") ?? "",
        CertifiedAnonymous = Flag(dataset, "certified_anonymous"),
        Method = Text(dataset, "method") ?? "",
    };

    private static Consent.V1.ExceptionClaim Claim(JsonElement claim) => new()
    {
        Item = claim.TryGetProperty("item", out var item) && item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var number) ? number : 0,
        ApproverId = Text(claim, "approver_id") ?? "",
        PrivacyApprovalRef = Text(claim, "privacy_approval_ref") ?? "",
        NecessityStatement = Text(claim, "necessity_statement") ?? "",
        ConsentDifficultyReason = Text(claim, "consent_difficulty_reason") ?? "",
        RequestingBody = Text(claim, "requesting_body") ?? "",
        StatutoryAffairsCitation = Text(claim, "statutory_affairs_citation") ?? "",
        HindranceReason = Text(claim, "hindrance_reason") ?? "",
        WarrantRef = Text(claim, "warrant_ref") ?? "",
        IssuingCourt = Text(claim, "issuing_court") ?? "",
        IssuedAt = Time(claim, "issued_at"),
        ValidUntil = Time(claim, "valid_until"),
        ScopeStatement = Text(claim, "scope_statement") ?? "",
        LawCitation = Text(claim, "law_citation") ?? "",
        DocumentRef = Text(claim, "document_ref") ?? "",
        Compulsory = Flag(claim, "compulsory"),
    };

    private IEnumerable<Consent.V1.Purpose> Purposes() => List("purposes").Select(entry =>
        entry.ValueKind == JsonValueKind.Number && entry.TryGetInt32(out var number) ? (Consent.V1.Purpose)number : (Consent.V1.Purpose)UnknownNumber);

    private IEnumerable<DataItem> Items() => List("items").Select(entry =>
        entry.ValueKind == JsonValueKind.String && SpecNames.Items.TryParse(entry.GetString()!, out var item) ? (DataItem)item : (DataItem)UnknownNumber);

    private Consent.V1.Channel Channel() =>
        SpecNames.Channels.TryParse(Text(json, "channel") ?? "", out var channel) ? (Consent.V1.Channel)channel : (Consent.V1.Channel)UnknownNumber;

    private JsonElement[] List(string field) => !HasValue(field) ? []
        : json.GetProperty(field) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()]
        : [json.GetProperty(field)];

    private string Id(string field) => !HasValue(field) ? "" : Text(json, field) is { } id ? names.Of(id)! : NoId;

    private string Reference(string field) => !HasValue(field) ? "" : Text(json, field) ?? NoId;

    private string TextOrNoId(string field) => !HasValue(field) ? "" : Text(json, field) ?? "";

    private bool HasValue(string field) => HasValue(json, field);

    private static bool HasValue(JsonElement element, string field) =>
        element.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null;

    private static bool IsSayableClaim(JsonElement claim) =>
        claim.ValueKind == JsonValueKind.Object && AreTexts(claim, ClaimTexts) && IsFlag(claim, "compulsory")
        && (!HasValue(claim, "item") || claim.GetProperty("item").ValueKind == JsonValueKind.Number);

    private static bool IsSayableDataset(JsonElement dataset) =>
        dataset.ValueKind == JsonValueKind.Object && AreTexts(dataset, "id", "method") && IsFlag(dataset, "certified_anonymous");

    /// <summary>A text that is none has no place in a message.</summary>
    private static bool AreTexts(JsonElement element, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (HasValue(element, field) && Text(element, field) is null)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A flag that is neither true nor false has no place in a message.</summary>
    private static bool IsFlag(JsonElement element, string flag) =>
        !HasValue(element, flag) || element.GetProperty(flag).ValueKind is JsonValueKind.True or JsonValueKind.False;

    private static bool Flag(JsonElement element, string field) => element.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.True;

    private static string? Text(JsonElement element, string field) =>
        element.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Timestamp? Time(JsonElement element, string field)
    {
        if (!element.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && JsonFields.TryParseInstant(value.GetString()!, out var instant)
            ? MemberWriter.Time(instant)
            : new Timestamp { Seconds = long.MaxValue };
    }
}
