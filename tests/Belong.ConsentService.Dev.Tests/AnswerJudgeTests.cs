using System.Text;
using Belong.ConsentService.Dev.Fuzz.Judging;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Tests;

/// <summary>The judge of hostile requests sees what it is there to see.</summary>
public sealed class AnswerJudgeTests
{
    private static readonly AnswerJudge Judge = new(new Leaks(["/srv/secret-folder/"]));

    [Theory]
    [InlineData("0", null)]
    [InlineData("3", "member_id is '': an id is required")]
    [InlineData("16", "authorization is missing")]
    public void A_clean_status_is_no_fault(string status, string? message) => Assert.Null(Judge.FindFault(Answered(status, message), Allowed.Status));

    [Theory]
    [InlineData("System.InvalidOperationException: no")]
    [InlineData("   at Belong.ConsentService.Checks.Checker.Begin()")]
    [InlineData("it failed in /srv/secret-folder/x")]
    [InlineData("Host=10.0.0.1;Password=x")]
    [InlineData("Npgsql 08006")]
    public void What_no_caller_is_to_see_is_found_in_the_message_the_headers_the_details_and_the_body(string leak)
    {
        Assert.Contains("tells the caller", Judge.FindFault(Answered("3", leak), Allowed.Status), StringComparison.Ordinal);
        var inHead = Answered("3", null);
        inHead.Heads.Add(HeaderBlock.Write([("x", leak)]));
        Assert.Contains("tells the caller", Judge.FindFault(inHead, Allowed.Status), StringComparison.Ordinal);
        var inDetails = Answered("3", null);
        inDetails.Heads.Add(HeaderBlock.Write([("grpc-status-details-bin", Convert.ToBase64String(Encoding.UTF8.GetBytes($"##{leak}##")))]));
        Assert.Contains("tells the caller", Judge.FindFault(inDetails, Allowed.Status), StringComparison.Ordinal);
        var inBody = Answered("0", null);
        inBody.Body.Add(Encoding.UTF8.GetBytes(leak));
        Assert.Contains("tells the caller", Judge.FindFault(inBody, Allowed.Status), StringComparison.Ordinal);
        Assert.Null(Judge.FindFault(inBody, Allowed.Status, isBodyScanned: false));
    }

    [Theory]
    [InlineData("2")]
    [InlineData("13")]
    [InlineData("15")]
    public void An_error_that_nobody_foresaw_is_a_fault_where_the_call_is_proper(string status)
    {
        Assert.Contains("nobody foresaw", Judge.FindFault(Answered(status, "Exception was thrown by handler."), Allowed.Status), StringComparison.Ordinal);
        Assert.Null(Judge.FindFault(Answered(status, "Exception was thrown by handler."), Allowed.BrokenProtocol));
    }

    [Fact]
    public void An_end_without_a_status_is_allowed_where_the_protocol_was_broken_only()
    {
        foreach (var ending in new[] { Ending.Reset, Ending.Closed })
        {
            var call = new RawCall(Request()) { Ending = ending };
            Assert.NotNull(Judge.FindFault(call, Allowed.Status));
            Assert.Null(Judge.FindFault(call, Allowed.BrokenProtocol));
        }
    }

    [Fact]
    public void Silence_is_never_allowed()
    {
        foreach (var allowed in Enum.GetValues<Allowed>())
        {
            Assert.Equal("was never answered", Judge.FindFault(new RawCall(Request()) { Ending = Ending.Silent }, allowed));
        }
    }

    [Fact]
    public void Who_is_not_known_is_not_answered()
    {
        foreach (var allowed in new[] { Allowed.RefusedCaller, Allowed.BrokenProtocolRefused })
        {
            Assert.Contains("without valid credentials", Judge.FindFault(Answered("0", null), allowed), StringComparison.Ordinal);
            var answered = Answered("16", null);
            answered.BodyBytes = 1;
            Assert.Contains("without valid credentials", Judge.FindFault(answered, allowed), StringComparison.Ordinal);
            Assert.Null(Judge.FindFault(Answered("16", null), allowed));
        }
    }

    [Fact]
    public void Who_is_not_known_is_told_that_and_nothing_else() =>
        Assert.Contains("not for its credentials", Judge.FindFault(Answered("3", null), Allowed.RefusedCaller), StringComparison.Ordinal);

    private static HostileCall Request() => new("/x", [], []);

    private static RawCall Answered(string status, string? message) =>
        new(Request()) { Ending = Ending.Answered, HttpStatus = "200", GrpcStatus = status, Message = message };
}
