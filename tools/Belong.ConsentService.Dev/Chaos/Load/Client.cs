using Belong.ConsentService.Dev.Chaos.Stores;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>A client that asks one thing after the other, at any of the instances.</summary>
internal abstract class Client(LoadContext context, IReadOnlyList<Instance> instances, int seed) : IDisposable
{
    private readonly ServiceClient[] _services = [.. instances.Select(instance => new ServiceClient(instance.Address))];

    protected LoadContext Context => context;

    protected Random Dice { get; } = new(seed);

    public async Task RunAsync(TimeSpan pause, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var instance = Dice.Next(_services.Length);
            await AskAsync(_services[instance], instance + 1, cancellation);
            await Task.Delay(pause * (2 * Dice.NextDouble()), cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        Array.ForEach(_services, service => service.Dispose());
        GC.SuppressFinalize(this);
    }

    /// <param name="instance">Its number, for people.</param>
    protected abstract Task AskAsync(ServiceClient service, int instance, CancellationToken cancellation);

    protected TimeSpan PickDeadline(params ReadOnlySpan<int> deadlinesMs) => TimeSpan.FromMilliseconds(deadlinesMs[Dice.Next(deadlinesMs.Length)]);
}
