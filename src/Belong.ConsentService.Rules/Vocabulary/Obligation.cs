using System.Numerics;

namespace Belong.ConsentService.Rules;

/// <summary>What the caller must also do when it acts on an ALLOW.</summary>
public enum Obligation : byte
{
    RecheckAtSend = 1,
    ShowSenderAndOptOutRoute = 2,
    KeepAdOptInEvidence = 3,
    SendOnlyPermittedItems = 4,
    LimitToResidualObligation = 5,
    RecordProvision = 6,
    ConfirmForeignMeasures = 7,
    RecordExceptionBasis = 8,
    LimitToStatedItems = 9,
    NotifyPrivacyDesk = 10,
    MarkAsAnonymized = 11,
    PublishItemsAndMethod = 12,
    NoReidentification = 13,
}

/// <summary>A set of obligations: bit n-1 stands for obligation n.</summary>
public readonly record struct ObligationSet(ushort Bits)
{
    public int Count => BitOperations.PopCount(Bits);

    public static ObligationSet Of(params ReadOnlySpan<Obligation> obligations)
    {
        var set = new ObligationSet();
        foreach (var obligation in obligations)
        {
            set = set.With(obligation);
        }

        return set;
    }

    public bool Contains(Obligation obligation) => (Bits & (1 << ((int)obligation - 1))) != 0;

    public ObligationSet With(Obligation obligation) => new((ushort)(Bits | (1 << ((int)obligation - 1))));

    public ObligationSet Union(ObligationSet other) => new((ushort)(Bits | other.Bits));

    public BitEnumerator<Obligation> GetEnumerator() => new(Bits);
}
