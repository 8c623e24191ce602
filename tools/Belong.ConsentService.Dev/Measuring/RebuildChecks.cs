using System.Collections.Concurrent;
using System.Diagnostics;
using Belong.Consent.V1;
using Belong.ConsentService.Testing.Mix;
using Grpc.Net.Client;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>Checks of random members at a rate, for as long as Redis is being filled.</summary>
internal sealed class RebuildChecks(Uri service, int members, int perSecond)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public async Task<FillFigures> RunUntilAsync(Task filled, Stopwatch since)
    {
        using var channel = GrpcChannel.ForAddress(service);
        var client = new ConsentCheck.ConsentCheckClient(channel);
        var tookMs = new ConcurrentBag<double>();
        using var done = new CancellationTokenSource();
        var load = new OpenLoop(perSecond, async () => tookMs.Add(await CheckAsync(client)));
        var running = load.RunAsync(Longest, done.Token);
        try
        {
            await filled;
        }
        finally
        {
            await done.CancelAsync();
        }

        var took = since.Elapsed;
        await running;
        return new FillFigures(took, new Distribution(tookMs), load.Failed, load.FirstError);
    }

    private async Task<double> CheckAsync(ConsentCheck.ConsentCheckClient client)
    {
        var request = new CheckUseRequest { MemberId = MemberMix.Id(1 + Random.Shared.Next(members)), Channel = Channel.Postal };
        request.Purposes.Add(Purpose.DirectMarketing);
        var started = TimeProvider.System.GetTimestamp();
        var decision = (await client.CheckUseAsync(request, deadline: DateTime.UtcNow + Deadline)).Decision;
        return decision.Retryable || decision.Outcome == Outcome.Unspecified
            ? throw new InvalidOperationException($"a check was answered {decision.Outcome} {string.Join(' ', decision.Reasons)}")
            : TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }
}
