using System.Diagnostics;
using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Client.Connection;
using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;
using Belong.ConsentService.Testing.Mix;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary><c>CheckBatch</c> of a thousand random members, a few batches under way at once.</summary>
internal sealed class Batches(BenchStage stage, FigureTable table, BenchPlan plan) : IBenchRow
{
    private const int Checks = 1_000;
    private const int AtOnce = 4;
    private const int Prepared = 64;

    /// <summary>An answer that does not come is a fault to be told, and not to be waited for.</summary>
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(20);
    private const int AnswersField = 1;
    private const int DecisionField = 2;

    private readonly byte[] _expected = stage.Members.Expected(BenchQuestions.Use);
    private readonly (byte[] Message, int[] Members)[] _batches = [.. Enumerable.Range(0, Prepared).Select(_ => Prepare(stage.MemberCount))];
    private int _next;

    public const string RowName = "batches";

    public string Name => RowName;

    public string Section => "Lists";

    public async Task WarmUpAsync()
    {
        try
        {
            await MeasureAsync(plan.WarmUp);
        }
        catch (RpcException)
        {
            // The measurement says so.
        }
    }

    public async Task MeasureAsync()
    {
        var figure = table.Row("batch", $"CheckBatch of {Checks:N0}, {AtOnce} at once", "checks/s");
        try
        {
            figure.Add(await MeasureAsync(plan.Window));
        }
        catch (RpcException e)
        {
            figure.Miss($"the service answers {e.StatusCode}: {e.Status.Detail}");
        }
    }

    private static (byte[] Message, int[] Members) Prepare(int memberCount)
    {
        int[] members = [.. Enumerable.Range(0, Checks).Select(_ => 1 + Random.Shared.Next(memberCount))];
        var request = new CheckBatchRequest { Defaults = new CheckDefaults { Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal } };
        request.Checks.AddRange(members.Select((member, i) => new BatchCheck
        {
            CorrelationId = i.ToString(CultureInfo.InvariantCulture),
            Use = new CheckUseRequest { MemberId = MemberMix.Id(member) },
        }));
        return (request.ToByteArray(), members);
    }

    /// <summary>Checks per second.</summary>
    private async Task<double> MeasureAsync(TimeSpan duration)
    {
        // As the client library has it: an answer does not wait for its caller to say that there is room.
        using var channel = GrpcChannel.ForAddress(stage.Service.Address, new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { InitialHttp2StreamWindowSize = ConsentChannel.StreamWindowBytes }, DisposeHttpClient = true });
        var calls = channel.CreateCallInvoker();
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(() => AskAsync(calls, watch, duration))));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    private async Task<long> AskAsync(CallInvoker calls, Stopwatch watch, TimeSpan duration)
    {
        var done = 0L;
        while (watch.Elapsed < duration)
        {
            var (message, members) = _batches[(Interlocked.Increment(ref _next) & int.MaxValue) % Prepared];
            Require(members, await calls.AsyncUnaryCall(RawCalls.CheckBatch, null, new CallOptions(deadline: DateTime.UtcNow + CallLimit), message));
            done += Checks;
        }

        return done;
    }

    private void Require(int[] members, byte[] response)
    {
        var reader = new WireReader(response);
        var count = 0;
        while (reader.MoveNext())
        {
            if (reader.Field == AnswersField)
            {
                Require(members[count++], reader.Bytes);
            }
        }

        if (count != Checks)
        {
            throw new InvalidOperationException($"A batch of {Checks} was given {count} answers.");
        }
    }

    private void Require(int member, ReadOnlySpan<byte> batchAnswer)
    {
        var reader = new WireReader(batchAnswer);
        var answer = default(Answer);
        while (reader.MoveNext())
        {
            answer = reader.Field == DecisionField ? Answer.ReadDecision(reader.Bytes) : answer;
        }

        if (answer.Primary != _expected[member])
        {
            throw new InvalidOperationException($"Member {member} was answered with reason {answer.Primary} in a batch; {_expected[member]} was expected.");
        }
    }
}
