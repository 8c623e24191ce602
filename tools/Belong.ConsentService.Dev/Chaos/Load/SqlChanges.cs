using Belong.ConsentService.Database;
using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Rules;
using Npgsql;
using NpgsqlTypes;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>Changes that no registry makes: transactions that stay open, and statements that touch every member.</summary>
internal sealed class SqlChanges(LoadContext context, NpgsqlDataSource database)
{
    private static readonly Instant Acquired = Instant.Parse("2024-05-01T09:30:00Z");
    private static readonly MemberFacts Plain = new() { AcquiredPolicyVersion = "v1" };
    private static readonly MemberFacts OptedOut = Plain with { DmOptOuts = [new DmOptOut("sql", ChannelSet.All, Acquired, null)] };

    /// <summary>Registers the members that are changed here alone.</summary>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        for (var member = context.Model.FirstSqlMember; member < context.Model.MemberCount; member++)
        {
            var entry = context.Model.Member(member).Begin(new MemberState { Exists = true }, context.Time.GetTimestamp(), "SQL");
            await using var command = database.CreateCommand("INSERT INTO member (id, facts) VALUES ($1, $2) RETURNING version");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = FactsModel.IdOf(member) });
            command.Parameters.Add(Json(Plain));
            context.Model.Member(member).Acknowledge(entry, (long)(await command.ExecuteScalarAsync(cancellation))!, "", context.Time.GetTimestamp());
        }
    }

    /// <summary>Changes a member in a transaction of its own, and leaves it open.</summary>
    public async Task<OpenChange> OpenAsync(int member, CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);
        var transaction = await connection.BeginTransactionAsync(cancellation);
        var before = context.Model.Member(member).Latest;
        await using var command = new NpgsqlCommand("UPDATE member SET facts = $2 WHERE id = $1 RETURNING version", connection, transaction);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = FactsModel.IdOf(member) });
        command.Parameters.Add(Json(before.IsOptedOut ? Plain : OptedOut));
        var version = (long)(await command.ExecuteScalarAsync(cancellation))!;
        return new OpenChange(context, connection, transaction, member, before with { IsOptedOut = !before.IsOptedOut }, version);
    }

    /// <summary>Every member anew in one statement; no other write is under way.</summary>
    public async Task TouchAllAsync(CancellationToken cancellation)
    {
        var sent = context.Time.GetTimestamp();
        var entries = Enumerable.Range(0, context.Model.MemberCount)
            .Where(member => context.Model.Member(member).Latest.Exists)
            .ToDictionary(FactsModel.IdOf, member => (member, context.Model.Member(member).Begin(context.Model.Member(member).Latest, sent, "SQL for all")));
        var versions = new List<(string Id, long Version)>();
        await using (var command = database.CreateCommand("UPDATE member SET facts = facts RETURNING id, version"))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                versions.Add((reader.GetString(0), reader.GetInt64(1)));
            }
        }

        var now = context.Time.GetTimestamp();
        foreach (var (id, version) in versions)
        {
            var (member, entry) = entries[id];
            context.Model.Member(member).Acknowledge(entry, version, "", now);
        }
    }

    private static NpgsqlParameter Json(MemberFacts facts) => new() { Value = FactsJson.Write(facts), NpgsqlDbType = NpgsqlDbType.Jsonb };
}

/// <summary>A change that is not committed yet.</summary>
internal sealed class OpenChange(LoadContext context, NpgsqlConnection connection, NpgsqlTransaction transaction, int member, MemberState after, long version)
{
    public async Task CommitAsync(CancellationToken cancellation)
    {
        var timeline = context.Model.Member(member);
        var entry = timeline.Begin(after, context.Time.GetTimestamp(), "SQL, committed late");
        context.Recent.Add(member);
        await transaction.CommitAsync(cancellation);
        timeline.Acknowledge(entry, version, "", context.Time.GetTimestamp());
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
