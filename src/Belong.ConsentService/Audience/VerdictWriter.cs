using Belong.Consent.V1;
using Belong.ConsentService.Rules;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Audience;

/// <summary>Writes verdicts in the compact form of the contract.</summary>
internal static class VerdictWriter
{
    /// <summary>A bit for each member, the lowest first: set when it is allowed.</summary>
    public static ByteString WriteAllowed(Verdicts verdicts)
    {
        var bits = new byte[(verdicts.Count + 7) / 8];
        for (var i = 0; i < verdicts.Count; i++)
        {
            if (verdicts.IsAllowed(i))
            {
                bits[i / 8] |= (byte)(1 << (i % 8));
            }
        }

        return UnsafeByteOperations.UnsafeWrap(bits);
    }

    /// <summary>A byte for each member: the number of its primary reason.</summary>
    public static ByteString WritePrimaryReasons(Verdicts verdicts, ReasonDetail detail)
    {
        if (detail == ReasonDetail.Unspecified)
        {
            return ByteString.Empty;
        }

        var numbers = new byte[verdicts.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (byte)verdicts.ReasonsOf(i).Primary;
        }

        return UnsafeByteOperations.UnsafeWrap(numbers);
    }

    /// <summary>All reasons of each who is not allowed, where they are asked for.</summary>
    public static void WriteRefused(Verdicts verdicts, ReasonDetail detail, RepeatedField<RefusedMember> refused)
    {
        for (var i = 0; detail == ReasonDetail.All && i < verdicts.Count; i++)
        {
            if (verdicts.IsAllowed(i))
            {
                continue;
            }

            var member = new RefusedMember { Index = i };
            foreach (var reason in verdicts.ReasonsOf(i))
            {
                member.Reasons.Add((ReasonCode)reason);
            }

            refused.Add(member);
        }
    }

    public static void WriteObligations(ObligationSet obligations, RepeatedField<Consent.V1.Obligation> written)
    {
        foreach (var obligation in obligations)
        {
            written.Add((Consent.V1.Obligation)obligation);
        }
    }

    public static Timestamp? Write(Instant? instant) =>
        instant is { } at ? new Timestamp { Seconds = at.UnixSeconds, Nanos = at.Nanoseconds } : null;
}
