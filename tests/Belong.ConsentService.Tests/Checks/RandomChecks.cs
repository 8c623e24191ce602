using Belong.Consent.V1;
using CsCheck;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Tests.Checks;

/// <summary>Checks of all kinds about some members, some of them at fault.</summary>
internal sealed class RandomChecks(IReadOnlyList<string> members, IReadOnlyList<string> tokens)
{
    private static readonly Timestamp Past = Timestamp.FromDateTime(new DateTime(2025, 12, 1, 0, 0, 0, DateTimeKind.Utc));

    private static readonly Gen<Purpose[]> Purposes = Gen.Frequency(
        (6, Gen.Const<int[]>([1])), (6, Gen.Int[1, 8].Array[1, 2]), (1, Gen.Int[1, 8].Array[3, 8]), (1, Gen.Int[0, 9].Array[0, 2])).Select(numbers => numbers.Cast<Purpose>().ToArray());

    private static readonly Gen<DataItem[]> Items = Gen.Frequency((12, Gen.Int[1, 5].Array[0, 3]), (1, Gen.Int[0, 40].Array[1, 3])).Select(numbers => numbers.Cast<DataItem>().ToArray());

    private static readonly Gen<Channel?> Channels = Gen.Frequency((6, Gen.Int[1, 5].Select(number => (Channel?)number)), (2, Gen.Const((Channel?)null)), (1, Gen.Const((Channel?)9)));

    private static readonly Gen<string> Vendor = OneOf("V-CARRIER", "V-CARRIER", "V-PARTNER", "V-PARTNER", "V-DUAL", "V-ESP", "V-US-ESP", "V-LASTMILE", "V-GROUP", "V-NOBODY", "");

    private static readonly Gen<Capacity?> Capacities = OneOf<Capacity?>(null, null, Capacity.Contractor, Capacity.ThirdParty, (Capacity)7);

    private static readonly Gen<ExceptionClaim?> Claim = Gen.Frequency(
        (5, Gen.Const((ExceptionClaim?)null)),
        (1, Gen.Select(Gen.Int[0, 6], OneOf("cpo", ""), (item, approver) => (ExceptionClaim?)new ExceptionClaim
        {
            Item = item,
            ApproverId = approver,
            PrivacyApprovalRef = "PA-1",
            NecessityStatement = "危険",
            ConsentDifficultyReason = "緊急",
            LawCitation = "刑事訴訟法",
            DocumentRef = "DOC-1",
        })));

    public Gen<BatchCheck> Any => Gen.Frequency((5, Use), (6, Disclosure), (1, Provision));

    private Gen<string> Member => Gen.Frequency((20, OneOf([.. members])), (1, OneOf("nobody", "", "会員")));

    private Gen<CheckOptions?> Options => Gen.Frequency(
        (8, Gen.Const((CheckOptions?)null)),
        (3, OneOf([.. tokens, "no token"]).Select(token => (CheckOptions?)new CheckOptions { MinFactsVersion = token })),
        (2, Gen.Const((CheckOptions?)new CheckOptions { Mode = CheckMode.Audit, At = Past })),
        (1, OneOf<CheckOptions?>(new() { Mode = CheckMode.Live, At = Past }, new() { Mode = CheckMode.Audit }, new() { Mode = CheckMode.Live }, new() { Mode = (CheckMode)5 })));

    private Gen<BatchCheck> Use => Gen.Select(Member, Purposes, Channels, Items, References, Options, (member, purposes, channel, items, references, options) =>
    {
        var use = new CheckUseRequest
        {
            MemberId = member,
            Purposes = { purposes },
            ObligationRef = references.Obligation,
            InquiryRef = references.Inquiry,
            DeterminationRef = references.Determination,
            Items = { items },
            Options = options?.Clone(),
        };
        if (channel is { } known)
        {
            use.Channel = known;
        }

        if (references.IsPromotional is { } isPromotional)
        {
            use.PromotionalContent = isPromotional;
        }

        return new BatchCheck { Use = use };
    });

    private Gen<BatchCheck> Disclosure => Gen.Select(
        Use, Vendor, Capacities, OneOf("", "SERVICE_LINK", "SERVICE_LINK", "MARKETING"), Claim, (use, vendor, capacity, purpose, claim) =>
    {
        var disclosure = CheckDisclosureRequest.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(use.Use));
        disclosure.RecipientId = vendor;
        disclosure.RecipientPurpose = purpose;
        disclosure.ExceptionClaim = claim?.Clone();
        if (capacity is { } known)
        {
            disclosure.Capacity = known;
        }

        return new BatchCheck { Disclosure = disclosure };
    });

    private Gen<BatchCheck> Provision => Gen.Select(
        OneOf("", "", "M-1"), Purposes, Items, OneOf("PAPER", "SERVER_UPLOAD", "FAX"), Gen.Bool, Options, (member, purposes, items, method, isCertified, options) => new BatchCheck
        {
            AnonymizedProvision = new()
            {
                MemberId = member,
                Purposes = { purposes },
                Items = { items },
                Dataset = new() { Id = "DS-1", CertifiedAnonymous = isCertified, Method = method },
                Options = options?.Clone(),
            },
        });

    private static Gen<(string Obligation, string Inquiry, string Determination, bool? IsPromotional)> References =>
        Gen.Select(OneOf("", "", "O-1"), OneOf("", "I-1"), OneOf("D-1", "", "D-2"), OneOf<bool?>(null, null, false, true));

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
