using System.Diagnostics;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Npgsql;

namespace Belong.ConsentService.Freshness;

/// <summary>Asks the database where it is now, wakes the feed so that it comes there soon, and finds out whether it was put back.</summary>
internal sealed class DatabaseProbe(
    FactsStateHolder holder,
    FactsDatabase database,
    NpgsqlDataSource source,
    Lineage lineage,
    StoreHealth stores,
    ConsentMetrics metrics,
    TimeProvider time)
{
    // $1 and $2: the mark known and its generation's name; $3 and $4: those of the state held.
    private const string Sql = $"""
        SELECT pg_current_snapshot()::text, pg_notify('consent_facts', ''), recorded.generation,
            recorded.system_identifier = server.system_identifier AND recorded.timeline = server.timeline,
            ({FactsDatabase.NewestMarkSql}),
            (recorded.generation = $1 AND NOT EXISTS (SELECT FROM lineage WHERE mark = $2))
                OR (recorded.generation = $3 AND NOT EXISTS (SELECT FROM lineage WHERE mark = $4))
        FROM facts_identity recorded, ({FactsDatabase.ServerIdentitySql}) server
        """;

    private volatile bool _isBehind;

    /// <summary>It has not done what was read from it.</summary>
    public bool IsDatabaseBehind => _isBehind;

    public async Task<Probe> AskAsync(CancellationToken cancellation)
    {
        try
        {
            var probe = await AskOnceAsync(cancellation);
            stores.DatabaseFault = null;
            return probe;
        }
        catch (FactsUnreadableException e)
        {
            stores.DatabaseFault = $"PostgreSQL is not to be trusted yet: {e.Message}";
            throw;
        }
        catch
        {
            stores.DatabaseFault = "PostgreSQL does not answer";
            throw;
        }
    }

    private async Task<Probe> AskOnceAsync(CancellationToken cancellation)
    {
        var timestamp = time.GetTimestamp();
        var state = holder.Current;
        await using var command = CreateCommand(state);
        var begun = Stopwatch.GetTimestamp();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var hasAnswer = await reader.ReadAsync(cancellation);
        metrics.Answered(PostgresOperation.Probe, begun);
        stores.DatabaseAnswered();
        if (!hasAnswer || !reader.GetBoolean(3))
        {
            // A restore or a failover, and no feed has given it a new generation yet.
            throw new FactsUnreadableException("the database is not the one recorded");
        }

        var probe = new Probe(reader.GetString(2), SnapshotCursor.Parse(reader.GetString(0)), timestamp);
        // A copy of the disk that was put back keeps its identity, and has not done what the cache knows: not yet, or other things.
        var isPutBack = reader.GetBoolean(5);
        _isBehind = isPutBack || IsBehind(probe, state);
        if (_isBehind)
        {
            if (isPutBack)
            {
                // The feed may have nothing to tell it by: what this instance saw last may be later than what Redis holds.
                await reader.DisposeAsync();
                await database.RenewIdentityAsync(probe.Generation, cancellation);
            }

            throw new FactsUnreadableException("the database is behind what was read from it");
        }

        if (!await reader.IsDBNullAsync(4, cancellation))
        {
            lineage.Known = new LineageMark(probe.Generation, reader.GetGuid(4));
        }

        return probe;
    }

    private static bool IsBehind(Probe probe, FactsState state) => probe.Generation == state.Generation
        && state.Position is { } position && (state.Mark is null || !probe.Snapshot.Covers(position));

    private NpgsqlCommand CreateCommand(FactsState state)
    {
        var known = lineage.Known;
        var command = source.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = known.Generation });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = known.Mark });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = state is { Position: not null, Mark: not null } ? state.Generation : LineageMark.None.Generation });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = state.Mark ?? Guid.Empty });
        return command;
    }
}
