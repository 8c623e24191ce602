namespace Belong.ConsentService.Dev.Fuzz;

/// <param name="Seed">Decides every request.</param>
/// <param name="Requests">In all, shared out among the doors.</param>
/// <param name="Doors">Only these; empty for all.</param>
/// <param name="Cases">The folder of cases whose requests are among those that are spoilt.</param>
/// <param name="Logs">Where the log of the service goes when something is violated.</param>
internal sealed record FuzzOptions(int Seed, int Requests, IReadOnlyList<string> Doors, string Cases, string Logs);
