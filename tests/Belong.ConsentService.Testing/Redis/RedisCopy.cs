namespace Belong.ConsentService.Testing.Redis;

/// <summary>The data of a <see cref="RedisServer"/> as of one moment; gone with the server.</summary>
public sealed class RedisCopy
{
    internal RedisCopy(string fileName) => FileName = fileName;

    internal string FileName { get; }
}
