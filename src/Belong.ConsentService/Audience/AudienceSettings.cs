namespace Belong.ConsentService.Audience;

/// <summary>Limits of screenings and watches.</summary>
public sealed class AudienceSettings
{
    /// <summary>Member ids in one chunk of a screening.</summary>
    public const int MaxChunkMembers = 10_000;

    /// <summary>How long a screening waits for its caller's next chunk before it ends.</summary>
    public int IdleTimeoutSeconds { get; set; } = 300;

    /// <summary>How old a position may be to watch from.</summary>
    public int MaxPositionAgeSeconds { get; set; } = 7 * 24 * 3_600;
}
