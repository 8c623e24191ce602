namespace Belong.ConsentService.Dev.Rolling;

/// <summary>How the callers learn that an instance is not to be asked.</summary>
internal enum Balancing
{
    /// <summary>They watch its gRPC health, as a balancer does.</summary>
    Health,

    /// <summary>They know the addresses and nothing else.</summary>
    Static,
}

/// <param name="Rounds">How often each instance is restarted.</param>
/// <param name="DrainMs">Consent:DrainMs of the instances.</param>
internal sealed record RollingOptions(int Rounds, int DrainMs, Balancing Balancing);
