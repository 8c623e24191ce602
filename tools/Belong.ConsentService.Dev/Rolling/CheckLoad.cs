using Belong.Consent.V1;
using Belong.ConsentService.Dev.Measuring;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Rolling;

/// <summary>Checks of members whose answer is known, one in a call and a hundred in a call.</summary>
internal sealed class CheckLoad(ConsentCheck.ConsentCheckClient client)
{
    private const int BatchSize = 100;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public CallTally Single { get; } = new("checks");

    public CallTally Batches { get; } = new("batches of 100");

    public async Task CheckAsync()
    {
        var number = NextMember();
        var started = TimeProvider.System.GetTimestamp();
        try
        {
            var answer = await client.CheckUseAsync(MeasuredService.Ask(number), deadline: DateTime.UtcNow + Deadline);
            Single.Answer();
            Judge(Single, number, answer.Decision, started);
        }
        catch (RpcException e)
        {
            Single.Lose(e);
        }
    }

    public async Task CheckBatchAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        int[] numbers = [.. Enumerable.Range(0, BatchSize).Select(_ => NextMember())];
        var request = new CheckBatchRequest { Checks = { numbers.Select(number => new BatchCheck { Use = MeasuredService.Ask(number) }) } };
        try
        {
            var answer = await client.CheckBatchAsync(request, deadline: DateTime.UtcNow + Deadline);
            Batches.Answer();
            if (answer.Answers.Count != BatchSize)
            {
                Batches.Blame($"{answer.Answers.Count} answers");
                return;
            }

            for (var i = 0; i < BatchSize; i++)
            {
                Judge(Batches, numbers[i], answer.Answers[i].Decision, started);
            }
        }
        catch (RpcException e)
        {
            Batches.Lose(e);
        }
    }

    private static int NextMember() => 1 + Random.Shared.Next(ToggledMembers.First - 1);

    private static void Judge(CallTally tally, int number, Decision? decision, long started)
    {
        var expected = ToggledMembers.IsAllowedAtFirst(number) ? ReasonCode.UsePermitted : ReasonCode.DmOptedOut;
        if (decision?.Reasons.FirstOrDefault() != expected)
        {
            tally.Blame($"member {number} was answered {decision?.Reasons.FirstOrDefault()} after {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:F0} ms, {decision?.Basis}");
        }
    }
}
