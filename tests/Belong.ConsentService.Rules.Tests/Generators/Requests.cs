using CsCheck;
using static Belong.ConsentService.Rules.Tests.Generators.Basics;

namespace Belong.ConsentService.Rules.Tests.Generators;

internal static class Requests
{
    private static readonly Gen<PurposeSet> Purposes = Gen.Frequency(
        (6, Gen.Int[1, 8].Select(number => PurposeSet.Of((Purpose)number))),
        (2, Gen.Int[1, 8].Array[2].Select(numbers => PurposeSet.Of((Purpose)numbers[0], (Purpose)numbers[1]))),
        (1, SomePurposes));

    private static readonly Gen<ExceptionClaim> CompleteClaim =
        Gen.Select(Gen.Int[0, 6], Gen.Bool, Gen.Bool, Start, End, (item, isApproved, isCompulsory, issued, until) => new ExceptionClaim
        {
            Item = item,
            ApproverId = "cpo",
            PrivacyApprovalRef = isApproved ? "PA-1" : null,
            NecessityStatement = "危険",
            ConsentDifficultyReason = "緊急",
            RequestingBody = "税務署",
            StatutoryAffairsCitation = "国税通則法",
            HindranceReason = "密行性",
            WarrantRef = "W-1",
            IssuingCourt = "東京地方裁判所",
            IssuedAt = issued,
            ValidUntil = until,
            ScopeStatement = "氏名",
            LawCitation = "刑事訴訟法",
            DocumentRef = "DOC-1",
            Compulsory = isCompulsory,
        });

    /// <summary>Now and then one assertion is missing or empty.</summary>
    private static readonly Gen<ExceptionClaim> Claim = Gen.Select(CompleteClaim, Gen.Int[0, 30], OneOf(null, "", " "), (claim, field, empty) => field switch
    {
        0 => claim with { ApproverId = empty },
        1 => claim with { NecessityStatement = empty },
        2 => claim with { ConsentDifficultyReason = empty },
        3 => claim with { RequestingBody = empty },
        4 => claim with { StatutoryAffairsCitation = empty },
        5 => claim with { HindranceReason = empty },
        6 => claim with { WarrantRef = empty },
        7 => claim with { IssuingCourt = empty },
        8 => claim with { ScopeStatement = empty },
        9 => claim with { LawCitation = empty },
        10 => claim with { DocumentRef = empty },
        _ => claim,
    });

    private static readonly Gen<Dataset?> Dataset = Gen.Frequency(
        (12, Gen.Select(Mostly, OneOf("SERVER_UPLOAD", "PAPER", "EMAIL_ATTACHMENT", "FAX", null), (isCertified, method) => (Dataset?)new Dataset("DS-1", isCertified, method))),
        (1, Gen.Const((Dataset?)null)));

    private static readonly Gen<ItemSet> Items = Gen.Frequency((10, SomeItems), (1, Gen.Const(default(ItemSet))));

    /// <summary>The mode, its instant, and the clock.</summary>
    private static readonly Gen<(Mode Mode, Instant? At, Instant Clock)> Time = Gen.Frequency(
        (16, Gen.Const((Mode.Live, (Instant?)null, Now))),
        (3, Gen.Const((Mode.Live, (Instant?)Now, Now))),
        (8, Gen.Const((Mode.Audit, (Instant?)Now, Boundary[8]))),
        (3, Gen.Const((Mode.Audit, (Instant?)Now, Now))),
        (1, Gen.Select(OneOf(Mode.Live, Mode.Audit), AnyTime, (mode, at) => (mode, at, Now))));

    private static readonly Gen<(Kind Kind, ExceptionClaim? Claim, RequestFault? Fault)> Form = Gen.Frequency(
        (10, Gen.Const((Kind.Use, (ExceptionClaim?)null, (RequestFault?)null))),
        (10, Gen.Const((Kind.Contractor, (ExceptionClaim?)null, (RequestFault?)null))),
        (8, Gen.Const((Kind.ThirdParty, (ExceptionClaim?)null, (RequestFault?)null))),
        (5, Claim.Select(claim => (Kind.ThirdParty, (ExceptionClaim?)claim, (RequestFault?)null))),
        (2, Gen.Const((Kind.Anonymized, (ExceptionClaim?)null, (RequestFault?)null))),
        (1, Gen.Select(Gen.Int[0, 5], Claim, Gen.Bool, (kind, claim, isFaulty) =>
            ((Kind)kind, (ExceptionClaim?)claim, isFaulty ? new RequestFault("purposes", "9", "1 to 8") : null))));

    public static readonly Gen<(CheckRequest Request, Instant Clock)> Any = Gen.Select(
        Form, Time, Purposes,
        Gen.Select(Gen.Frequency((9, AnyChannel), (1, Gen.Const(Channel.None))), Gen.Bool),
        Gen.Select(Gen.Frequency((30, Gen.Const((string?)Members.Id)), (1, OneOf("M2", "", null))), Recipient(), RecipientPurpose(), Items),
        Gen.Select(OneOf("O-1", "O-2", null, ""), OneOf("I-1", null, ""), Optional("D-1")),
        Dataset,
        (form, time, purposes, contact, subject, references, dataset) => (new CheckRequest
        {
            Kind = form.Kind,
            MemberId = form.Kind == Kind.Anonymized && !contact.Item2 ? null : subject.Item1,
            Purposes = purposes,
            Channel = contact.Item1,
            PromotionalContent = contact.Item2,
            RecipientId = subject.Item2,
            RecipientPurpose = subject.Item3,
            Items = form.Kind == Kind.Anonymized && dataset?.Method == "PAPER" ? ItemSet.Of(Item.Age) : subject.Item4,
            ObligationRef = references.Item1,
            InquiryRef = references.Item2,
            DeterminationRef = references.Item3,
            ExceptionClaim = form.Claim,
            Dataset = dataset,
            Mode = time.Mode,
            At = time.At,
            Fault = form.Fault,
        }, time.Clock));

    public static readonly Gen<Grant?> Grant = Gen.Frequency(
        (40, Gen.Const((Grant?)new Grant(0x0F, new PurposeSet(0xFF), true))),
        (1, Gen.Const((Grant?)null)),
        (2, Gen.Select(Gen.Int[0, 15], ManyPurposes, Gen.Bool, (kinds, purposes, claims) => (Grant?)new Grant((byte)kinds, purposes, claims))));

    private static Gen<string?> Recipient() => Gen.Frequency(
        (20, OneOf(Vendors.Ids).Select(id => (string?)id)), (1, OneOf("V-GONE", "", null)));

    private static Gen<string?> RecipientPurpose() => Gen.Frequency(
        (20, OneOf("MARKETING", "SERVICE_LINK").Select(purpose => (string?)purpose)), (1, OneOf("OTHER", "", null)));
}
