namespace Belong.ConsentService.Warming;

/// <summary>Limits of the warm-up.</summary>
public sealed class WarmUpSettings
{
    /// <summary>How long readiness waits for it at the most, once the register was read; 0 turns it off.</summary>
    public int MaxMs { get; set; } = 5_000;
}
