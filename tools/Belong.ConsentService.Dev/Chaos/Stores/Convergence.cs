using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Npgsql;
using StackExchange.Redis;

namespace Belong.ConsentService.Dev.Chaos.Stores;

/// <summary>Compares what Redis holds of every member with PostgreSQL, straight at both.</summary>
internal sealed class Convergence(NpgsqlDataSource database, IConnectionMultiplexer redis, string prefix)
{
    /// <summary>What differs, in words; null when nothing does. No write is under way.</summary>
    public async Task<string?> FindDifferenceAsync(CancellationToken cancellation)
    {
        try
        {
            var generation = await ReadGenerationAsync(cancellation);
            var keys = redis.GetDatabase();
            var known = (string?)await keys.HashGetAsync($"{prefix}:state", "generation").WaitAsync(cancellation);
            if (known != generation)
            {
                return $"Redis is of generation {known ?? "none"}, PostgreSQL of {generation}";
            }

            return await CompareMembersAsync(keys, generation, cancellation);
        }
        catch (Exception e) when (e is NpgsqlException or RedisException or TimeoutException or IOException)
        {
            return e.Message;
        }
    }

    public async Task<string> ReadGenerationAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT generation FROM facts_identity");
        return (string)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private async Task<string?> CompareMembersAsync(IDatabase keys, string generation, CancellationToken cancellation)
    {
        var reads = new List<(string Id, byte[] Expected, Task<RedisValue> Actual)>();
        await using (var command = database.CreateCommand("SELECT id, version, facts FROM member"))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                var id = reader.GetString(0);
                var facts = FactsJson.ReadMember(reader.GetFieldValue<byte[]>(2), reader.GetInt64(1));
                reads.Add((id, MemberValue.Encode(id, facts), keys.StringGetAsync($"{prefix}{generation}:{id}")));
            }
        }

        string? difference = null;
        foreach (var (id, expected, actual) in reads)
        {
            byte[]? value = await actual.WaitAsync(cancellation);
            if (value is null || !value.AsSpan().SequenceEqual(expected))
            {
                difference ??= $"{id} is {(value is null ? "missing" : Convert.ToHexStringLower(value))} in Redis and {Convert.ToHexStringLower(expected)} in PostgreSQL";
            }
        }

        return difference;
    }
}
