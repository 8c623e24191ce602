using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

/// <summary>A stretch of a scan over one server.</summary>
/// <param name="Next">Where to go on; 0 when the scan is over.</param>
internal sealed record KeyPage(ulong Next, IReadOnlyList<string> Ids);

public sealed partial class FactsCache
{
    /// <summary>The values of members as they are, in the order of the ids; null where there is none. The caller bounds the number.</summary>
    internal Task<byte[]?[]> ReadValuesAsync(string generation, IReadOnlyList<string> ids, CancellationToken cancellation) =>
        Task.WhenAll(ids.Select(id => ReadValueAsync(_keys.Member(generation, id), cancellation)));

    /// <summary>As it stands in PostgreSQL, whether or not facts can be read from it.</summary>
    internal Task<bool> FillRowAsync(MemberReservation reservation, byte[] value, CancellationToken cancellation) =>
        FillAsync(reservation, value, NoTimeToLive, cancellation);

    /// <summary>The servers to scan, in a stable order.</summary>
    internal async Task<IReadOnlyList<IServer>> ReadPrimariesAsync(CancellationToken cancellation) =>
        [.. (await FindPrimariesAsync(cancellation)).OrderBy(server => server.EndPoint.ToString(), StringComparer.Ordinal)];

    /// <summary>Goes through about <paramref name="count"/> keys of any kind, and gives the members among them.</summary>
    internal async Task<KeyPage> ScanMembersAsync(IServer primary, string generation, ulong cursor, int count, CancellationToken cancellation)
    {
        object[] arguments = [cursor.ToString(System.Globalization.CultureInfo.InvariantCulture), "MATCH", _keys.MemberPattern(generation), "COUNT", count];
        var reply = (RedisResult[])(await primary.ExecuteAsync(_redis.Database.Database, "SCAN", arguments).WaitAsync(cancellation))!;
        var prefix = _keys.Member(generation, "").ToString().Length;
        return new KeyPage((ulong)reply[0], [.. ((RedisKey[])reply[1]!).Select(key => key.ToString()[prefix..])]);
    }

    /// <summary>What is no string gives an empty value: it says nothing, and a write replaces it.</summary>
    private async Task<byte[]?> ReadValueAsync(RedisKey key, CancellationToken cancellation)
    {
        try
        {
            DemandWatched(key);
            byte[]? value = await _redis.Database.StringGetAsync(key, Direct).WaitAsync(cancellation);
            DemandWatched(key);
            return value;
        }
        catch (RedisServerException e) when (e.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            return [];
        }
    }
}
