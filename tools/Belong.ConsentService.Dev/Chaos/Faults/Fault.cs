using Belong.ConsentService.Dev.Chaos.Stores;

namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>Something that goes wrong.</summary>
/// <param name="Name">As <c>--fault</c> takes it.</param>
/// <param name="RunAsync">Begins it, holds it and ends it.</param>
internal sealed record Fault(string Name, Func<Stage, Random, CancellationToken, Task> RunAsync)
{
    /// <summary>The kinds of Redis that it can befall.</summary>
    public IReadOnlyList<RedisKind> Kinds { get; init; } = [RedisKind.Single, RedisKind.Sentinel, RedisKind.Cluster];

    /// <summary>How long a fault lasts: mostly less than the bound on the age of facts, now and then more.</summary>
    public static Task HoldAsync(Random dice, CancellationToken cancellation) =>
        Task.Delay(dice.Next(10) < 3 ? dice.Next(4_000, 5_000) : dice.Next(500, 2_000), cancellation);
}
