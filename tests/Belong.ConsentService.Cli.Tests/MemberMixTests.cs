using Belong.Consent.V1;
using Belong.ConsentService.Testing.Mix;

namespace Belong.ConsentService.Cli.Tests;

public class MemberMixTests
{
    private const int Members = 20_000;

    [Fact]
    public void The_same_seed_gives_the_same_members_and_a_larger_mix_begins_with_the_smaller()
    {
        var small = MemberMix.Generate(1, 500).ToList();
        var large = MemberMix.Generate(1, 1_000).Take(500).ToList();

        Assert.Equal(small.Select(Describe), large.Select(Describe));
        Assert.NotEqual(small.Select(Describe), MemberMix.Generate(2, 500).Select(Describe));
    }

    [Fact]
    public void Every_member_begins_with_a_registration_and_ids_are_unique()
    {
        var members = MemberMix.Generate(1, Members).ToList();

        Assert.All(members, member => Assert.Equal(MemberChange.ChangeOneofCase.Registration, member.Changes[0].ChangeCase));
        Assert.Equal(Members, members.Select(member => member.Id).Distinct().Count());
    }

    [Theory]
    [InlineData(MemberChange.ChangeOneofCase.DmOptOut, 0.18)]
    [InlineData(MemberChange.ChangeOneofCase.UseStop, 0.04)]
    [InlineData(MemberChange.ChangeOneofCase.ItemStop, 0.06)]
    [InlineData(MemberChange.ChangeOneofCase.AdMailOptIn, 0.05)]
    [InlineData(MemberChange.ChangeOneofCase.Consent, 0.08)]
    [InlineData(MemberChange.ChangeOneofCase.ObligationOpening, 0.05)]
    [InlineData(MemberChange.ChangeOneofCase.SurveyOptIn, 0.02)]
    [InlineData(MemberChange.ChangeOneofCase.Status, 0.038)]
    [InlineData(MemberChange.ChangeOneofCase.ServiceUse, 0.9)]
    public void Facts_have_their_share(MemberChange.ChangeOneofCase kind, double share)
    {
        var count = MemberMix.Generate(1, Members).Count(member => member.Changes.Any(change => change.ChangeCase == kind));

        Assert.InRange(count / (double)Members, share * 0.85, share * 1.15);
    }

    [Fact]
    public void The_first_members_are_those_of_the_demonstration()
    {
        var kinds = MemberMix.Generate(42, 6).Select(member => string.Join(' ', member.Changes.Skip(1).SkipLast(1).Select(change => change.ChangeCase)));

        Assert.Equal(["", "DmOptOut", "DmOptOut", "UseStop", "Consent", "ObligationOpening Status"], kinds);
    }

    private static string Describe(MixMember member) => $"{member.Id} {member.IsErasedLater} {string.Join(' ', member.Changes)}";
}
