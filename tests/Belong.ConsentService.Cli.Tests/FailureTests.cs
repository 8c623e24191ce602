using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Belong.ConsentService.Cli.Tests;

public class FailureTests
{
    private const string Use = "check use --member M1 --purpose 1";
    private const string Record = "record service-use --member M1 --actor desk --key-id K-1";

    [Fact]
    public async Task A_service_that_cannot_be_reached_is_named_by_its_address_in_one_line()
    {
        var address = ClosedAddress();

        var run = await Tool.RunAsync(Use, address);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"Cannot reach the consent service at {address}: ", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(letter => letter == '\n'));
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task A_refusal_is_the_sentence_of_the_service_and_ends_with_2()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Error = Refusal("member_id is '': must be 1 to 64 bytes");

        var run = await Tool.RunAsync(Use, service.Address);

        Assert.Equal((2, "member_id is '': must be 1 to 64 bytes\n", ""), (run.ExitCode, run.Error, run.Output));
    }

    [Fact]
    public async Task As_JSON_a_refusal_carries_status_reason_and_field()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Error = Refusal("member_id is '': must be 1 to 64 bytes");

        var run = await Tool.RunAsync($"{Use} --json", service.Address);

        var error = JsonNode.Parse(run.Output)!["error"]!;
        Assert.Equal("INVALID_ARGUMENT", (string?)error["status"]);
        Assert.Equal("REQUEST_MALFORMED", (string?)error["reason"]);
        Assert.Equal("member_id", (string?)error["field"]);
    }

    [Theory]
    [InlineData(StatusCode.PermissionDenied, 2)]
    [InlineData(StatusCode.Unauthenticated, 2)]
    [InlineData(StatusCode.NotFound, 2)]
    [InlineData(StatusCode.FailedPrecondition, 2)]
    [InlineData(StatusCode.Unavailable, 1)]
    [InlineData(StatusCode.ResourceExhausted, 1)]
    [InlineData(StatusCode.Internal, 1)]
    public async Task A_status_tells_a_refusal_from_a_failure(StatusCode status, int exitCode)
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Error = new RpcException(new Grpc.Core.Status(status, "as the service says"));

        var run = await Tool.RunAsync(Use, service.Address);

        Assert.Equal((exitCode, "as the service says\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task What_does_not_answer_in_time_ends_with_1()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.NeverAnswers = true;

        var run = await Tool.RunAsync($"{Use} --timeout 0.3", service.Address);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("did not answer in time", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_that_may_have_been_recorded_says_how_to_repeat_it()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.NeverAnswers = true;

        var run = await Tool.RunAsync($"{Record} --timeout 0.3", service.Address);

        Assert.Contains("It may have been recorded: repeat the same command with --key-id K-1.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interruption_ends_with_130()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.NeverAnswers = true;
        using var interruption = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        var run = await Tool.RunAsync(Use, service.Address, cancellation: interruption.Token);

        Assert.Equal((130, "Interrupted.\n"), (run.ExitCode, run.Error));
    }

    private static RpcException Refusal(string sentence) => new Google.Rpc.Status
    {
        Code = (int)StatusCode.InvalidArgument,
        Message = sentence,
        Details =
        {
            Any.Pack(new ErrorInfo { Reason = "REQUEST_MALFORMED", Domain = "consent.belong" }),
            Any.Pack(new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = "member_id" } } }),
        },
    }.ToRpcException();

    private static string ClosedAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
    }
}
