using Belong.ConsentService.Rules;
using Npgsql;

namespace Belong.ConsentService.Database;

/// <summary>The register as it is recorded: policy versions in the order of recording, also those that never take effect.</summary>
internal sealed record RegisterRecords(long Version, Vendor[] Vendors, PolicyVersion[] PolicyVersions, Determination[] Determinations)
{
    public Register ToRegister() => new(Version, Vendors, PolicyVersions, Determinations);

    /// <summary>Reads all of it; the caller's transaction makes it one state.</summary>
    public static async Task<RegisterRecords> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("SELECT version FROM register"),
                new("SELECT record FROM vendor ORDER BY id"),
                new("SELECT record FROM policy_version ORDER BY ordinal"),
                new("SELECT record FROM determination ORDER BY ref"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var version = reader.GetInt64(0);
        var vendors = await ReadNextAsync(reader, FactsJson.ReadVendor, ct);
        var policyVersions = await ReadNextAsync(reader, FactsJson.ReadPolicyVersion, ct);
        var determinations = await ReadNextAsync(reader, FactsJson.ReadDetermination, ct);
        return new RegisterRecords(version, vendors, policyVersions, determinations);
    }

    private static async Task<T[]> ReadNextAsync<T>(NpgsqlDataReader reader, Func<ReadOnlySpan<byte>, T> parse, CancellationToken ct)
    {
        await reader.NextResultAsync(ct);
        var records = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            records.Add(parse(reader.GetFieldValue<byte[]>(0)));
        }

        return [.. records];
    }
}
