namespace Belong.ConsentService.Testing.Redis;

/// <summary>What a Redis says it is.</summary>
public enum RedisRole
{
    /// <summary>It does not answer: dead, paused or loading.</summary>
    Silent,
    Primary,
    Replica,
    Sentinel,
}
