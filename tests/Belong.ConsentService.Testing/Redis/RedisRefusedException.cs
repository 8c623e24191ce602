namespace Belong.ConsentService.Testing.Redis;

/// <summary>Redis answered with an error.</summary>
public sealed class RedisRefusedException : Exception
{
    public RedisRefusedException()
    {
    }

    public RedisRefusedException(string message) : base(message)
    {
    }

    public RedisRefusedException(string message, Exception cause) : base(message, cause)
    {
    }
}
