using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Tests.Servers;

/// <summary>Where the servers come from is what was asked for, or nothing is started.</summary>
public sealed class ServerChoiceTests
{
    private const string Program = "/usr/bin/redis-server";

    [Theory]
    [InlineData(null, Program, false)]
    [InlineData(null, null, true)]
    [InlineData("local", Program, false)]
    [InlineData("containers", Program, true)]
    [InlineData("containers", null, true)]
    public void A_choice_is_kept_whatever_is_installed(string? choice, string? program, bool isContainer) =>
        Assert.Equal(isContainer, ServerChoice.TakesContainer(choice, "redis-server", program));

    [Theory]
    [InlineData("local", null, "CONSENT_TEST_SERVERS is 'local' and redis-server is not installed.")]
    [InlineData("container", Program, "CONSENT_TEST_SERVERS is 'container': local or containers is allowed.")]
    public void A_choice_that_cannot_be_kept_is_refused(string choice, string? program, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InvalidOperationException>(() => ServerChoice.TakesContainer(choice, "redis-server", program)).Message);

    [Fact]
    public void A_given_server_and_a_choice_contradict_each_other()
    {
        Assert.Null(ServerChoice.CheckGiven("local", "CONSENT_TEST_REDIS", null));
        Assert.Equal("localhost:6379", ServerChoice.CheckGiven(null, "CONSENT_TEST_REDIS", "localhost:6379"));
        Assert.Equal(
            "CONSENT_TEST_SERVERS is 'local' and CONSENT_TEST_REDIS names a server: only one of them may be set.",
            Assert.Throws<InvalidOperationException>(() => ServerChoice.CheckGiven("local", "CONSENT_TEST_REDIS", "localhost:6379")).Message);
    }
}
