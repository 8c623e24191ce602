using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

/// <summary>One value being read: once it has ended, <see cref="FactsCache.EndRead"/> says what it came to.</summary>
public readonly struct MemberGet
{
    internal MemberGet(RedisKey key, string id, Task<RedisValue>? value)
    {
        Key = key;
        Id = id;
        Value = value;
    }

    /// <summary>Never throws, and takes no longer than was allowed.</summary>
    public ConfiguredTaskAwaitable Ended => ((Task?)Value ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    internal RedisKey Key { get; }

    internal string Id { get; }

    /// <summary>Null when Redis is not asked, as the key leads to no server that was verified.</summary>
    internal Task<RedisValue>? Value { get; }
}
