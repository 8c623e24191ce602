using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Tests;

public class VocabularyTests
{
    [Theory]
    [InlineData("BIRTH_DATE")]
    [InlineData("birth-date")]
    [InlineData("Birth_Date")]
    public void A_name_is_read_in_any_case_with_hyphens_or_underscores(string text)
    {
        Assert.True(Names.TryParse<DataItem>(text, out var item));
        Assert.Equal(DataItem.BirthDate, item);
    }

    [Theory]
    [InlineData("UNSPECIFIED")]
    [InlineData("DATA_ITEM_NAME")]
    [InlineData("1")]
    [InlineData("")]
    [InlineData("NAME,SEX")]
    public void Nothing_else_is_a_name(string text) => Assert.False(Names.TryParse<DataItem>(text, out _));

    [Fact]
    public void Every_value_of_the_vocabulary_has_a_name_that_is_read_back()
    {
        RoundTrip<DataItem>();
        RoundTrip<Channel>();
        RoundTrip<Purpose>();
        RoundTrip<Capacity>();
        RoundTrip<Outcome>();
        RoundTrip<ReasonCode>();
        RoundTrip<Obligation>();
        RoundTrip<MemberStatus>();
        RoundTrip<ConsentMethod>();
        RoundTrip<ObligationKind>();
    }

    [Fact]
    public void A_number_that_is_not_known_is_shown_as_such() => Assert.Equal("unknown 9999", Names.Of((ReasonCode)9999));

    [Theory]
    [InlineData("2026-02-01", "2026-02-01T00:00:00Z")]
    [InlineData("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z")]
    [InlineData("2026-02-01T09:00:00+09:00", "2026-02-01T00:00:00Z")]
    [InlineData("2026-02-01T09:00+09:00", "2026-02-01T00:00:00Z")]
    [InlineData("2026-02-01T00:00:00.000000001Z", "2026-02-01T00:00:00.000000001Z")]
    [InlineData("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z")]
    public void Instants_are_ISO_8601(string text, string expected)
    {
        Assert.True(Times.TryParse(text, out var time));
        Assert.Equal(expected, Times.Of(time!));
    }

    [Theory]
    [InlineData("2026-02-01T00:00:00")]
    [InlineData("2026-02-30")]
    [InlineData("2026-02-01T24:00:00Z")]
    [InlineData("2026-02-01T00:00:00.0000000001Z")]
    [InlineData("2026-02-01\n")]
    [InlineData("01.02.2026")]
    [InlineData("now")]
    [InlineData("")]
    public void What_has_no_zone_or_no_such_day_is_no_instant(string text) => Assert.False(Times.TryParse(text, out _));

    private static void RoundTrip<T>()
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>().Where(value => Convert.ToInt32(value, null) != 0))
        {
            Assert.True(Names.TryParse<T>(Names.Of(value), out var read), value.ToString());
            Assert.Equal(value, read);
        }
    }
}
