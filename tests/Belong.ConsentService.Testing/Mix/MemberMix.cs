using System.Globalization;
using Belong.Consent.V1;

namespace Belong.ConsentService.Testing.Mix;

/// <summary>
/// Members in a realistic mix, generated as they are asked for. Each depends on the seed and its number alone, so a larger
/// mix begins with the smaller one. The first are those of <see cref="DemoMembers"/>.
/// </summary>
public static class MemberMix
{
    /// <summary>Ids have seven digits.</summary>
    public const int MaxMembers = 9_999_999;

    public static string Id(int index) => "M" + index.ToString("D7", CultureInfo.InvariantCulture);

    public static IEnumerable<MixMember> Generate(int seed, int members)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(members, MaxMembers);
        for (var index = 1; index <= members; index++)
        {
            yield return Get(seed, index);
        }
    }

    /// <param name="index">From 1.</param>
    public static MixMember Get(int seed, int index)
    {
        if (index <= DemoMembers.Count)
        {
            return DemoMembers.Get(index);
        }

        var dice = new Dice(seed, index);
        var changes = new List<MemberChange>
        {
            new() { Registration = new Registration { AcquiredPolicyVersion = DemoRegister.PolicyVersionId } },
        };
        MixStops.Add(changes, dice);
        MixPermissions.Add(changes, dice);
        MixObligations.Add(changes, dice);
        if (dice.Happens(900))
        {
            changes.Add(new() { ServiceUse = new ServiceUse { Start = dice.Sometime().Start() } });
        }

        return new(Id(index), changes, EndStatus(changes, dice));
    }

    /// <summary>True when the member is to be erased.</summary>
    private static bool EndStatus(List<MemberChange> changes, Dice dice)
    {
        MemberStatus? status = dice.Below(1_000) switch
        {
            < 30 => MemberStatus.Withdrawn,
            < 35 => MemberStatus.WithdrawalPending,
            < 38 => MemberStatus.ErasurePending,
            < 40 => null,
            _ => MemberStatus.Active,
        };
        if (status is { } change and not MemberStatus.Active)
        {
            changes.Add(new() { Status = new StatusChange { Status = change, Start = dice.Sometime().Start() } });
        }

        return status is null;
    }
}
