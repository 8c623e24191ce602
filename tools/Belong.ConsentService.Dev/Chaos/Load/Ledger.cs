using System.Collections.Concurrent;
using Belong.ConsentService.Dev.Chaos.Model;
using Npgsql;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>Every acknowledged write, to be found in the history once.</summary>
internal sealed class Ledger
{
    private ConcurrentDictionary<string, Acknowledged> _writes = new();
    private KeyValuePair<string, Acknowledged>[] _backup = [];

    public void Add(string key, int? member, long version) => _writes[key] = new Acknowledged(member, version);

    public void MarkBackup() => _backup = [.. _writes];

    /// <summary>What was acknowledged since the backup is lost.</summary>
    public void GoBack() => _writes = new ConcurrentDictionary<string, Acknowledged>(_backup);

    /// <summary>No write is under way.</summary>
    /// <returns>What is wrong, in words.</returns>
    public async Task<List<string>> CompareAsync(NpgsqlDataSource database, FactsModel model, CancellationToken cancellation)
    {
        var faults = new List<string>();
        var missing = new Dictionary<string, Acknowledged>(_writes);
        await using var command = database.CreateCommand("SELECT idempotency_key, version FROM history WHERE idempotency_key IS NOT NULL");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var (key, version) = (reader.GetString(0), reader.GetInt64(1));
            if (_writes.TryGetValue(key, out var write) && (write.Version != version || !missing.Remove(key)))
            {
                faults.Add($"{write.Subject}: write {key} was acknowledged as version {write.Version} and is in the history as {version}, or twice");
            }
        }

        // §10: the history of an erased member is gone, but for the erasure.
        faults.AddRange(missing.Where(write => write.Value.Member is not { } member || !model.Member(member).Latest.IsErased)
            .Select(write => $"{write.Value.Subject}: write {write.Key} was acknowledged as version {write.Value.Version} and is not in the history"));
        return faults;
    }

    /// <param name="Member">Null for the register.</param>
    private sealed record Acknowledged(int? Member, long Version)
    {
        public string Subject => Member is { } number ? FactsModel.IdOf(number) : "the register";
    }
}
