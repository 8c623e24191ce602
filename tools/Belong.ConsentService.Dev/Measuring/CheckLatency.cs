using Belong.Consent.V1;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>One unary check on one connection against the floor, in turns within one run.</summary>
internal static class CheckLatency
{
    private const int WarmUps = 5_000;
    private const int PerRound = 2_000;

    public static async Task<(Distribution Check, Distribution Floor, double MedianRatio)> MeasureAsync(MeasuredService service, CheckFloor floor, int rounds)
    {
        var checks = new List<double>();
        var floors = new List<double>();
        var ratios = new List<double>();
        await RunAsync(service.Checks, WarmUps);
        await RunAsync(floor.Checks, WarmUps);
        for (var round = 0; round < rounds; round++)
        {
            var own = await RunAsync(service.Checks, PerRound);
            var bare = await RunAsync(floor.Checks, PerRound);
            checks.AddRange(own);
            floors.AddRange(bare);
            ratios.Add(new Distribution(own).Median / new Distribution(bare).Median);
        }

        return (new Distribution(checks), new Distribution(floors), new Distribution(ratios).Median);
    }

    private static async Task<List<double>> RunAsync(ConsentCheck.ConsentCheckClient client, int calls)
    {
        var times = new List<double>(calls);
        for (var i = 0; i < calls; i++)
        {
            var request = MeasuredService.Ask(1 + Random.Shared.Next(MeasuredService.MemberCount));
            var start = TimeProvider.System.GetTimestamp();
            var answer = await client.CheckUseAsync(request);
            times.Add(TimeProvider.System.GetElapsedTime(start).TotalMicroseconds);
            if (answer.Decision.Outcome == Outcome.Unspecified)
            {
                throw new InvalidOperationException("a check was not answered");
            }
        }

        return times;
    }
}
