using Belong.ConsentService.Testing.Cases;
using CsCheck;

namespace Belong.ConsentService.Rules.Tests.Vocabulary;

public sealed class InstantTests
{
    [Theory]
    [InlineData("2026-04-01T00:00:00Z")]
    [InlineData("2026-04-01T00:00:00.000000001Z")]
    [InlineData("2026-04-01T00:00:00.1Z")]
    [InlineData("1969-12-31T23:59:59.999999999Z")]
    [InlineData("1900-01-01T00:00:00Z")]
    [InlineData("2199-12-31T23:59:59.999999999Z")]
    public void An_instant_is_written_as_it_was_read(string text) => Assert.Equal(text, Instant.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("Z")]
    [InlineData("2026-04-01")]
    [InlineData("2026-04-01T00:00:00")]
    [InlineData("2026-04-01T00:00:00+09:00")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-04-01T24:00:01Z")]
    [InlineData("2026-04-01T00:00:00.Z")]
    [InlineData("2026-04-01T00:00:00.0000000001Z")]
    [InlineData("2026-04-01T00:00:00.-1Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    public void What_is_no_instant_is_refused(string text) => Assert.False(Instant.TryParse(text, out _));

    [Fact]
    public void Every_instant_survives_text_and_parts() =>
        Gen.Long[Instant.Earliest.UnixNanoseconds, Instant.End.UnixNanoseconds].Sample(
            nanoseconds =>
            {
                var instant = new Instant(nanoseconds);
                return Instant.Parse(instant.ToString()) == instant
                    && Instant.FromUnix(instant.UnixSeconds, instant.Nanoseconds) == instant
                    && instant.Nanoseconds is >= 0 and < 1_000_000_000;
            },
            iter: 100_000);

    [Theory]
    [InlineData("2026-04-01T09:00:00+09:00", "2026-04-01T00:00:00Z")]
    [InlineData("2026-04-01T09:00:00.123456789+09:00", "2026-04-01T00:00:00.123456789Z")]
    [InlineData("2026-03-31T19:00:00.5-05:00", "2026-04-01T00:00:00.5Z")]
    [InlineData("2026-04-01T00:00:00.25Z", "2026-04-01T00:00:00.25Z")]
    [InlineData("9999-12-31T23:59:59Z", "2199-12-31T23:59:59Z")]
    [InlineData("0001-01-01T00:00:00Z", "1900-01-01T00:00:00Z")]
    public void A_case_may_state_instants_with_offsets_and_out_of_range(string text, string expected)
    {
        Assert.True(JsonFields.TryParseInstant(text, out var instant));
        Assert.Equal(expected, instant.ToString());
    }
}
