using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Tests.Database;

public class FactsTokenTests
{
    private static readonly FactsToken Token = new("abc27", 4_294_967_301, false, FactsToken.HashOf("M1"), 12, Instant.Parse("2026-04-01T00:00:00.123456Z"));

    [Theory]
    [InlineData("abc27", 0UL, false, 0u, 0L)]
    [InlineData("zzzzz", ulong.MaxValue, true, uint.MaxValue, long.MaxValue)]
    public void A_token_reads_back_as_it_was_written(string generation, ulong xid, bool isRegister, uint subject, long version)
    {
        var token = new FactsToken(generation, xid, isRegister, subject, version, new Instant(version));
        Assert.True(FactsToken.TryParse(token.ToString(), out var read));
        Assert.Equal(token, read);
    }

    [Fact]
    public void The_form_of_a_token_does_not_change_between_versions() =>
        Assert.Equal("AgBhYmMyNwAAAAEAAAAFE9-HiwAAAAAAAAAMGKISjQsbygB8Q2X0h_Sa", Token.ToString());

    [Fact]
    public void A_token_of_the_version_before_is_read()
    {
        Assert.True(FactsToken.TryParse("AQBhYmMyNwAAAAEAAAAFE9-HiwAAAAAAAAAM7rTxtL-f", out var read));
        Assert.Equal(Token with { RecordedAt = default }, read);
    }

    [Fact]
    public void A_token_with_any_one_character_changed_is_refused()
    {
        var text = Token.ToString();
        for (var i = 0; i < text.Length; i++)
        {
            foreach (var other in "Az09-_ é")
            {
                if (other != text[i])
                {
                    Assert.False(FactsToken.TryParse(text[..i] + other + text[(i + 1)..], out _), $"position {i}");
                }
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("AQ")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_token_is_refused(string text) => Assert.False(FactsToken.TryParse(text, out _));

    [Fact]
    public void A_token_with_something_before_or_behind_it_is_refused()
    {
        Assert.False(FactsToken.TryParse(Token + "=", out _));
        Assert.False(FactsToken.TryParse(" " + Token, out _));
    }
}
