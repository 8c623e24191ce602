using Belong.ConsentService.Rules;
using Npgsql;

namespace Belong.ConsentService.Database;

/// <summary>The register as it is recorded: policy versions in the order of recording, also those that never take effect.</summary>
internal sealed record RegisterRecords(long Version, Vendor[] Vendors, PolicyVersion[] PolicyVersions, Determination[] Determinations)
{
    /// <summary>
    /// Vendors and determinations left out because they cannot be read: what rests on them is denied, and
    /// all else goes on.
    /// </summary>
    public IReadOnlyList<UnreadableRecord> Unreadable { get; init; } = [];

    public Register ToRegister() => new(Version, Vendors, PolicyVersions, Determinations);

    /// <summary>Reads all of it; the caller's transaction makes it one state.</summary>
    /// <exception cref="UnreadableRegisterException">A policy version cannot be read.</exception>
    public static async Task<RegisterRecords> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("SELECT version FROM register"),
                new("SELECT id, record FROM vendor ORDER BY id"),
                new("SELECT id, record FROM policy_version ORDER BY ordinal"),
                new("SELECT ref, record FROM determination ORDER BY ref"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var version = reader.GetInt64(0);
        var unreadable = new List<UnreadableRecord>();
        var vendors = await ReadNextAsync(reader, FactsJson.ReadVendor, vendor => vendor.Id, unreadable, ct);
        var leftOut = unreadable.Count;
        var policyVersions = await ReadNextAsync(reader, FactsJson.ReadPolicyVersion, policy => policy.Id, unreadable, ct);
        if (unreadable.Count > leftOut)
        {
            // Without it an older version would be in force, which may allow more.
            throw new UnreadableRegisterException(version, unreadable[^1]);
        }

        var determinations = await ReadNextAsync(reader, FactsJson.ReadDetermination, determination => determination.Ref, unreadable, ct);
        return new RegisterRecords(version, vendors, policyVersions, determinations) { Unreadable = unreadable };
    }

    private static async Task<T[]> ReadNextAsync<T>(
        NpgsqlDataReader reader, Func<ReadOnlySpan<byte>, T> parse, Func<T, string> idOf, List<UnreadableRecord> unreadable, CancellationToken ct)
    {
        await reader.NextResultAsync(ct);
        var records = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            var id = reader.GetString(0);
            try
            {
                var record = parse(reader.GetFieldValue<byte[]>(1));
                records.Add(idOf(record) == id ? record : throw new FormatException("the record names another id than its row"));
            }
            catch (Exception e) when (e is not (OutOfMemoryException or NpgsqlException))
            {
                unreadable.Add(new UnreadableRecord(typeof(T).Name, id, e));
            }
        }

        return [.. records];
    }
}

/// <summary>A record of the register that cannot be read.</summary>
internal sealed record UnreadableRecord(string Kind, string Id, Exception Cause);

/// <summary>The register cannot be used: what it would say without this record may allow too much.</summary>
internal sealed class UnreadableRegisterException(long version, UnreadableRecord record)
    : Exception($"{record.Kind} {record.Id} of register version {version} cannot be read", record.Cause)
{
    public long Version => version;
}
