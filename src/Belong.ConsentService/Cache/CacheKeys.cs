using System.Text;
using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

/// <summary>
/// The keys in Redis: <c>c:state</c> and <c>c:generations</c>, and under each generation <c>c{generation}:{id}</c>
/// per member and <c>c{generation}/register</c>.
/// </summary>
internal sealed class CacheKeys(string prefix)
{
    private volatile Generation _latest = new("", default, default);

    public RedisKey State { get; } = Utf8($"{prefix}:state");

    /// <summary>The generations that have keys, in the order in which they were begun.</summary>
    public RedisKey Generations { get; } = Utf8($"{prefix}:generations");

    /// <summary>Says, without content, that the state has moved.</summary>
    public RedisChannel Changed { get; } = RedisChannel.Literal($"{prefix}:changed");

    public RedisKey Member(string generation, string id) => Of(generation).MemberPrefix.Append(id);

    public RedisKey Register(string generation) => Of(generation).Register;

    /// <summary>What SCAN finds the members of a generation by.</summary>
    public string MemberPattern(string generation) => Escape($"{prefix}{generation}:") + "*";

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\").Replace("*", "\\*").Replace("?", "\\?").Replace("[", "\\[").Replace("]", "\\]");

    private Generation Of(string generation)
    {
        var latest = _latest;
        if (latest.Name != generation)
        {
            latest = new Generation(generation, Utf8($"{prefix}{generation}:"), Utf8($"{prefix}{generation}/register"));
            _latest = latest;
        }

        return latest;
    }

    private sealed record Generation(string Name, RedisKey MemberPrefix, RedisKey Register);
}
