namespace Belong.ConsentService.Dev.Chaos;

/// <summary>What a run is asked to do.</summary>
/// <param name="Duration">Of the faults themselves; starting and loading the stores comes on top.</param>
/// <param name="Seed">Decides the order of the faults, how long each is held, and the workload.</param>
/// <param name="Faults">Only these; none for all.</param>
/// <param name="LogFolder">Where the logs of the instances go when something is violated.</param>
internal sealed record ChaosOptions(TimeSpan Duration, int Seed, IReadOnlyList<string> Faults, string LogFolder);
