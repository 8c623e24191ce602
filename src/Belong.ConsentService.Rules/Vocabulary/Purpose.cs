using System.Numerics;

namespace Belong.ConsentService.Rules;

/// <summary>The eight purposes of use, numbered as in §3 of the policy.</summary>
public enum Purpose : byte
{
    /// <summary>§3-1.</summary>
    ServiceDelivery = 1,
    /// <summary>§3-2.</summary>
    ContractAndBilling = 2,
    /// <summary>§3-3.</summary>
    DirectMarketing = 3,
    /// <summary>§3-4.</summary>
    PartnerInformation = 4,
    /// <summary>§3-5.</summary>
    Survey = 5,
    /// <summary>§3-6.</summary>
    Analysis = 6,
    /// <summary>§3-7.</summary>
    InquiryResponse = 7,
    /// <summary>§3-8.</summary>
    ServiceImprovement = 8,
}

/// <summary>A set of purposes: bit n-1 stands for purpose n.</summary>
public readonly record struct PurposeSet(byte Bits)
{
    /// <summary>Purposes 3 to 5, which need a channel and the freshest facts.</summary>
    public static readonly PurposeSet Outreach = Of(Purpose.DirectMarketing, Purpose.PartnerInformation, Purpose.Survey);

    public bool IsEmpty => Bits == 0;

    public int Count => BitOperations.PopCount(Bits);

    public static PurposeSet Of(params ReadOnlySpan<Purpose> purposes)
    {
        var set = new PurposeSet();
        foreach (var purpose in purposes)
        {
            set = set.With(purpose);
        }

        return set;
    }

    public static bool IsKnown(int number) => number is >= 1 and <= 8;

    public bool Contains(Purpose purpose) => (Bits & (1 << ((int)purpose - 1))) != 0;

    public bool Intersects(PurposeSet other) => (Bits & other.Bits) != 0;

    public bool IsSubsetOf(PurposeSet other) => (Bits & ~other.Bits) == 0;

    public PurposeSet With(Purpose purpose) => new((byte)(Bits | (1 << ((int)purpose - 1))));

    public BitEnumerator<Purpose> GetEnumerator() => new(Bits);
}
