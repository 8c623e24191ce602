using Belong.Consent.V1;
using Belong.ConsentService.Rules;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Channel = Belong.ConsentService.Rules.Channel;
using Dataset = Belong.ConsentService.Rules.Dataset;
using ExceptionClaim = Belong.ConsentService.Rules.ExceptionClaim;
using Purpose = Belong.ConsentService.Rules.Purpose;

namespace Belong.ConsentService.Checks;

/// <summary>Reads messages into the core's request. What no value of the core stands for becomes its fault (rule 1).</summary>
internal static class CheckTranslator
{
    public static CheckRequest Read(CheckUseRequest message)
    {
        var fields = new FieldReader();
        return ReadOptions(ref fields, message.Options, new CheckRequest
        {
            Kind = Kind.Use,
            MemberId = fields.Id("member_id", message.MemberId),
            Purposes = fields.Purposes(message.Purposes),
            Channel = fields.Channel(message.HasChannel, message.Channel),
            PromotionalContent = message.PromotionalContent,
            ObligationRef = fields.Id("obligation_ref", message.ObligationRef),
            InquiryRef = fields.Id("inquiry_ref", message.InquiryRef),
            DeterminationRef = fields.Id("determination_ref", message.DeterminationRef),
            Items = fields.Items(message.Items),
        });
    }

    /// <param name="kind">The capacity, as given or as the register knows it.</param>
    public static CheckRequest Read(CheckDisclosureRequest message, Kind kind)
    {
        var fields = new FieldReader();
        fields.Capacity(message.HasCapacity, message.Capacity);
        var claim = message.ExceptionClaim is null ? null : ReadClaim(ref fields, message.ExceptionClaim);
        return ReadOptions(ref fields, message.Options, new CheckRequest
        {
            Kind = kind,
            MemberId = fields.Id("member_id", message.MemberId),
            Purposes = fields.Purposes(message.Purposes),
            Channel = fields.Channel(message.HasChannel, message.Channel),
            PromotionalContent = message.PromotionalContent,
            ObligationRef = fields.Id("obligation_ref", message.ObligationRef),
            InquiryRef = fields.Id("inquiry_ref", message.InquiryRef),
            DeterminationRef = fields.Id("determination_ref", message.DeterminationRef),
            Items = fields.Items(message.Items),
            RecipientId = claim is null ? fields.Id("recipient_id", message.RecipientId) : fields.Text("recipient_id", message.RecipientId),
            RecipientPurpose = fields.Id("recipient_purpose", message.RecipientPurpose),
            ExceptionClaim = claim,
        });
    }

    public static CheckRequest Read(CheckAnonymizedProvisionRequest message)
    {
        var fields = new FieldReader();
        return ReadOptions(ref fields, message.Options, new CheckRequest
        {
            Kind = Kind.Anonymized,
            MemberId = message.MemberId,
            Purposes = fields.Purposes(message.Purposes),
            Channel = fields.Channel(message.HasChannel, message.Channel),
            PromotionalContent = message.PromotionalContent,
            Items = fields.Items(message.Items),
            RecipientId = fields.Text("recipient_id", message.RecipientId),
            Dataset = message.Dataset is { } dataset
                ? new Dataset(fields.Text("dataset.id", dataset.Id), dataset.CertifiedAnonymous, fields.Text("dataset.method", dataset.Method))
                : null,
        });
    }

    private static CheckRequest ReadOptions(ref FieldReader fields, CheckOptions? options, CheckRequest request)
    {
        if (options is null)
        {
            return fields.Fault is null ? request : request with { Fault = fields.Fault };
        }

        var mode = fields.Mode(options.HasMode, options.Mode);
        var at = fields.Instant("options.at", options.At);
        return request with { Mode = mode, At = at, Fault = fields.Fault };
    }

    private static ExceptionClaim ReadClaim(ref FieldReader fields, Consent.V1.ExceptionClaim claim) => new()
    {
        Item = claim.Item,
        ApproverId = fields.Text("exception_claim.approver_id", claim.ApproverId),
        PrivacyApprovalRef = fields.Text("exception_claim.privacy_approval_ref", claim.PrivacyApprovalRef),
        NecessityStatement = fields.Text("exception_claim.necessity_statement", claim.NecessityStatement),
        ConsentDifficultyReason = fields.Text("exception_claim.consent_difficulty_reason", claim.ConsentDifficultyReason),
        RequestingBody = fields.Text("exception_claim.requesting_body", claim.RequestingBody),
        StatutoryAffairsCitation = fields.Text("exception_claim.statutory_affairs_citation", claim.StatutoryAffairsCitation),
        HindranceReason = fields.Text("exception_claim.hindrance_reason", claim.HindranceReason),
        WarrantRef = fields.Text("exception_claim.warrant_ref", claim.WarrantRef),
        IssuingCourt = fields.Text("exception_claim.issuing_court", claim.IssuingCourt),
        IssuedAt = fields.Instant("exception_claim.issued_at", claim.IssuedAt),
        ValidUntil = fields.Instant("exception_claim.valid_until", claim.ValidUntil),
        ScopeStatement = fields.Text("exception_claim.scope_statement", claim.ScopeStatement),
        LawCitation = fields.Text("exception_claim.law_citation", claim.LawCitation),
        DocumentRef = fields.Text("exception_claim.document_ref", claim.DocumentRef),
        Compulsory = claim.Compulsory,
    };
}
