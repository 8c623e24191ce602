using Belong.ConsentService.Dev.Chaos.Load;
using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Dev.Chaos.Stores;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>Callers that ask too much, or go away.</summary>
internal static class LoadFaults
{
    private const int BurstCheckers = 150;
    private const int CancellingClients = 32;
    private const int MostPatienceMs = 4;

    public static IReadOnlyList<Fault> List { get; } =
    [
        new("overload", (stage, dice, _) => stage.Load.BurstAsync(BurstCheckers, TimeSpan.FromMilliseconds(dice.Next(500, 2_000)), dice.Next())),
        new("calls-cancelled", CancelAsync),
    ];

    private static async Task CancelAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        end.CancelAfter(dice.Next(500, 2_000));
        await Task.WhenAll(Enumerable.Range(0, CancellingClients).Select(_ => GoAwayAsync(stage, new Random(dice.Next()), end.Token)));
    }

    private static async Task GoAwayAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        using var client = new ServiceClient(stage.Instances[dice.Next(stage.Instances.Count)].Address);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(MostPatienceMs * dice.NextDouble()));
                var member = FactsModel.IdOf(stage.Load.Context.Recent.Pick(dice));
                await Questions.AskAsync(client.Checks, (Question)dice.Next(3), member, "", new CallOptions(cancellationToken: patience.Token));
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.Cancelled or StatusCode.ResourceExhausted)
            {
                // As intended.
            }
        }
    }
}
