namespace Belong.ConsentService.Warming;

/// <summary>Something that is to be warm before readiness is said.</summary>
internal interface IWarmUpPart
{
    /// <summary>What it warms, as it is told when it stays cold.</summary>
    string Name { get; }

    /// <summary>How long it rests after each round, so that it is no burden to a store that others use.</summary>
    TimeSpan Rest { get; }

    /// <summary>Uses it some times, one after the other; throws when it could not be used as it will be.</summary>
    Task RunAsync(CancellationToken cancellation);
}
