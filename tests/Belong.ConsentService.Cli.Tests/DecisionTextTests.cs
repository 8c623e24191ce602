using Belong.Consent.V1;
using Belong.ConsentService.Cli.Checks;

namespace Belong.ConsentService.Cli.Tests;

public class DecisionTextTests
{
    [Fact]
    public void A_denial_says_first_which_clause_and_which_words_deny_it() => Assert.Equal(
        """
        DENY  DM_OPTED_OUT  §9 ※ ダイレクトメール等  (DM opt-out covers purposes 3 and 4)
          also         AD_MAIL_NO_OPT_IN  特電法3条 同意  (no recorded opt-in)
          purpose 1    USE_PERMITTED
          purpose 3    DM_OPTED_OUT, AD_MAIL_NO_OPT_IN
          judged at    2026-04-01T00:00:00Z
          valid until  2026-04-01T00:01:00Z
          facts        12 ms old, from the cache; member version 4, register version 2, policy v1, rules 1.0

        """,
        Text(Examples.Denial(), null));

    [Theory]
    [InlineData("ja", "DENY  DM_OPTED_OUT  §9 ※ ダイレクトメール等\n")]
    [InlineData("en", "DENY  DM_OPTED_OUT  §9 ※ DM opt-out covers purposes 3 and 4\n")]
    public void The_words_can_be_asked_for_in_one_language(string language, string first) =>
        Assert.StartsWith(first, Text(Examples.Denial(), language), StringComparison.Ordinal);

    [Fact]
    public void A_partial_permission_lists_what_may_go_and_what_may_not() => Assert.Equal(
        """
        ALLOW_PARTIAL  CONTRACTOR_PERMITTED_PARTIAL
          permitted    NAME, ADDRESS
          withheld     BIRTH_DATE (ITEM_NOT_NECESSARY)
          obligations  SEND_ONLY_PERMITTED_ITEMS

        """,
        Text(Examples.Partial(), null));

    [Fact]
    public void A_denial_for_the_sake_of_the_store_says_so()
    {
        var text = Text(new Decision { Outcome = Outcome.Deny, Reasons = { ReasonCode.FactsStale }, Retryable = true }, null);

        Assert.Equal(
            """
            DENY  FACTS_STALE
              retry        the cause is the store, not the member: ask again soon, and do not send meanwhile

            """,
            text);
    }

    [Fact]
    public void A_reason_that_is_not_known_here_is_shown_by_its_number() =>
        Assert.Equal("DENY  unknown 999\n", Text(new Decision { Outcome = Outcome.Deny, Reasons = { (ReasonCode)999 } }, null));

    [Fact]
    public void Text_from_the_service_cannot_steer_the_terminal()
    {
        var decision = Examples.Denial();
        decision.Explanations[0].LabelJa = "\u001b[2Jcleared";

        Assert.DoesNotContain('\u001b', Text(decision, null));
    }

    private static string Text(Decision decision, string? language)
    {
        var output = new StringWriter { NewLine = "\n" };
        DecisionText.Write(output, decision, language);
        return output.ToString();
    }
}
