using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Dev.Chaos.Stores;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>
/// Screens all members, or none, and watches from there: at either instance, over breaks from the last position received.
/// What it holds then is judged at each heartbeat that says that it is current.
/// </summary>
internal sealed class Watcher(LoadContext context, IReadOnlyList<Instance> instances, Promptness[] promptness, Question question, int seed) : IDisposable
{
    private const int ChunkMembers = 1_000;
    private const int MostPatienceMs = 20_000;
    private static readonly TimeSpan ScreenPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly Random _dice = new(seed);
    private readonly ServiceClient[] _services = [.. instances.Select(instance => new ServiceClient(instance.Address))];
    private readonly WatchedChain _chain = new(context, question);

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                if (_chain.Position.Length == 0 && _dice.Next(4) > 0)
                {
                    await ScreenAsync(cancellation);
                }

                await FollowAsync(_dice.Next(_services.Length), cancellation);
            }
            catch (RpcException e) when (!cancellation.IsCancellationRequested)
            {
                _chain.End(e);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException or InvalidOperationException or IOException)
            {
                // The stage ends, or a stream was cut while it was written to.
            }

            await Task.Delay(RetryPause * _dice.NextDouble(), cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => Array.ForEach(_services, service => service.Dispose());

    /// <summary>In parts, each at either instance. After a break who was not judged is not known, and is told of by the watch.</summary>
    private async Task ScreenAsync(CancellationToken cancellation)
    {
        var left = new Queue<int[]>(Enumerable.Range(0, context.Model.MemberCount).Chunk(ChunkMembers));
        while (left.Count > 0)
        {
            await ScreenPartAsync(_dice.Next(_services.Length), left, cancellation);
        }
    }

    private async Task ScreenPartAsync(int instance, Queue<int[]> left, CancellationToken cancellation)
    {
        using var stream = _services[instance].Audience.ScreenAudience(new CallOptions(deadline: DateTime.UtcNow + ScreenPatience, cancellationToken: cancellation));
        await stream.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = Questions.WriteHeader(question, ""), Position = _chain.Position }, cancellation);
        await stream.ResponseStream.MoveNext(cancellation);
        _chain.Begin(stream.ResponseStream.Current.Start);
        do
        {
            await stream.RequestStream.WriteAsync(new ScreenAudienceRequest { Chunk = new MemberChunk { MemberIds = { left.Peek().Select(FactsModel.IdOf) } } }, cancellation);
            await stream.ResponseStream.MoveNext(cancellation);
            _chain.Screen(left.Dequeue(), stream.ResponseStream.Current.Verdicts, instance + 1);
        }
        while (left.Count > 0 && _dice.Next(3) > 0);

        await stream.RequestStream.CompleteAsync();
        await stream.ResponseStream.MoveNext(cancellation);
    }

    private async Task FollowAsync(int instance, CancellationToken cancellation)
    {
        var call = Call.Begin(Door.Watch, instance + 1, TimeSpan.FromMilliseconds(_dice.Next(1_000, MostPatienceMs)), context.Time);
        var request = new WatchDecisionsRequest { Header = Questions.WriteHeader(question, ""), Position = _chain.Position };
        using var stream = _services[instance].Audience.WatchDecisions(request, call.Options.WithCancellationToken(cancellation));
        while (await stream.ResponseStream.MoveNext(cancellation))
        {
            var received = call.End(context.Time);
            switch (stream.ResponseStream.Current)
            {
                case { MembersChanged: { } changed }:
                    _chain.Tell(changed, received);
                    break;
                case { EverythingChanged: { } everything }:
                    _chain.Tell(everything, received);
                    break;
                case { Heartbeat: { } heartbeat }:
                    _chain.Tell(heartbeat, received, SlackOf(instance));
                    break;
            }
        }

        context.Violations.Add("a watch ended without an error", string.Create(CultureInfo.InvariantCulture, $"{question} on instance {instance + 1}"));
    }

    /// <summary>How much older than it says a heartbeat may be by now.</summary>
    private TimeSpan SlackOf(int instance)
    {
        var since = context.Time.GetTimestamp() - context.Time.TimestampFrequency;
        return promptness[instance].LongestSince(since) + context.LatenessSince(since);
    }
}
