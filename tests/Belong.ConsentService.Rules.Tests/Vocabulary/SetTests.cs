using CsCheck;

namespace Belong.ConsentService.Rules.Tests.Vocabulary;

public sealed class SetTests
{
    [Fact]
    public void Item_sets_behave_as_sets() =>
        Gen.Select(Gen.Int[1, 14].Array, Gen.Int[1, 14].Array).Sample(
            (first, second) =>
            {
                var (a, b) = (Items(first), Items(second));
                Assert.Equal(first.Union(second).Order(), Numbers(a.Union(b)));
                Assert.Equal(first.Intersect(second).Order(), Numbers(a.Intersect(b)));
                Assert.Equal(first.Except(second).Order(), Numbers(a.Except(b)));
                Assert.Equal(first.Distinct().Count(), a.Count);
                Assert.Equal(first.Length == 0, a.IsEmpty);
            });

    [Fact]
    public void Purpose_sets_behave_as_sets() =>
        Gen.Select(Gen.Int[1, 8].Array, Gen.Int[1, 8].Array).Sample(
            (first, second) =>
            {
                var (a, b) = (Purposes(first), Purposes(second));
                var listed = new List<int>();
                foreach (var purpose in a)
                {
                    listed.Add((int)purpose);
                }

                Assert.Equal(first.Distinct().Order(), listed);
                Assert.Equal(first.Intersect(second).Any(), a.Intersects(b));
                Assert.Equal(!first.Except(second).Any(), a.IsSubsetOf(b));
            });

    [Fact]
    public void All_channels_are_more_than_the_five_known()
    {
        var five = ChannelSet.Of(Channel.Postal, Channel.Email, Channel.Sms, Channel.Phone, Channel.AppMessage);
        Assert.NotEqual(five, ChannelSet.All);
        Assert.True(ChannelSet.All.Contains(Channel.None));
        Assert.False(five.Contains(Channel.None));
        Assert.True(five.Contains(Channel.AppMessage));
    }

    [Theory]
    [InlineData(new int[] { 1 }, false, new int[] { 1 })]
    [InlineData(new int[] { 1 }, true, new int[] { 1, 3 })]
    [InlineData(new int[] { 4 }, true, new int[] { 4 })]
    [InlineData(new int[] { 3 }, true, new int[] { 3 })]
    [InlineData(new int[] { 5 }, true, new int[] { 3, 5 })]
    [InlineData(new int[] { }, true, new int[] { 3 })]
    public void Promotional_content_adds_purpose_3_unless_3_or_4_is_named(int[] purposes, bool isPromotional, int[] effective)
    {
        var request = new CheckRequest { Purposes = Purposes(purposes), PromotionalContent = isPromotional };
        Assert.Equal(Purposes(effective), request.EffectivePurposes);
    }

    private static ItemSet Items(int[] numbers) => ItemSet.Of([.. numbers.Select(number => (Item)number)]);

    private static PurposeSet Purposes(int[] numbers) => PurposeSet.Of([.. numbers.Select(number => (Purpose)number)]);

    private static List<int> Numbers(ItemSet set)
    {
        var numbers = new List<int>();
        foreach (var item in set)
        {
            numbers.Add((int)item);
        }

        return numbers;
    }
}
