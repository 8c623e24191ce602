using System.Collections.Concurrent;
using System.Diagnostics;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Overload;
using Belong.ConsentService.Rules;
using Npgsql;

namespace Belong.ConsentService.Lookup;

/// <summary>
/// Reads members from PostgreSQL when the cache cannot answer: one read per member at a time, a bound
/// on all of them, and a time limit of its own, so that no caller's cancellation ends another's read.
/// Who waits does so no longer than the time given; what is above the bound is refused.
/// </summary>
public sealed class DatabaseReads(FactsDatabase database, NpgsqlDataSource pool, Lineage lineage, LookupSettings settings, TimeProvider time, ConsentMetrics? metrics = null)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, Lazy<Task<DatabaseRead>>> _flights = new(StringComparer.Ordinal);

    /// <summary>Reads under way, and those that were refused because too many were.</summary>
    public ConcurrencyLimit Limit { get; } = new("database_reads", "The reads of PostgreSQL under way",
        "Consent:Postgres:MaxConcurrentLookups", settings.MaxConcurrentDatabaseReads, RetryAfter);

    /// <summary>Members that are being read.</summary>
    public int FlightCount => _flights.Count;

    /// <summary>The facts as they are now, or as an equal read that is under way finds them.</summary>
    /// <exception cref="FactsUnreadableException">They cannot be read.</exception>
    public Task<DatabaseRead> ReadAsync(string memberId, TimeSpan patience, CancellationToken cancellation)
    {
        if (patience <= TimeSpan.Zero)
        {
            throw OutOfTime(patience);
        }

        // Lazy: the read starts once it stands in the table, so that its end cannot come before its entry.
        var flight = _flights.GetOrAdd(memberId, static (id, reads) => new Lazy<Task<DatabaseRead>>(() => reads.FlyAsync(id)), this);
        return WaitAsync(flight.Value, patience, cancellation);
    }

    /// <summary>The facts as they are now, by a read that starts now.</summary>
    /// <param name="demanded">A write that they should include; null for none.</param>
    /// <exception cref="FactsUnreadableException">They cannot be read.</exception>
    public Task<DatabaseRead> ReadAnewAsync(string memberId, FactsToken? demanded, TimeSpan patience, CancellationToken cancellation) =>
        WaitAsync(() => demanded is null ? ReadNowAsync(memberId) : ReadDemandedAsync(memberId, demanded), patience, cancellation);

    /// <summary>What an erased member's facts were; null when nothing was kept.</summary>
    /// <exception cref="FactsUnreadableException">They cannot be read.</exception>
    public Task<MemberFacts?> ReadErasedAsync(string memberId, TimeSpan patience, CancellationToken cancellation) =>
        WaitAsync(() => RunAsync(PostgresOperation.LookupOther, token => database.ReadErasedAsync(memberId, token)), patience, cancellation);

    /// <summary>Which generation the database is of.</summary>
    /// <exception cref="FactsUnreadableException">It cannot be read.</exception>
    public async Task<string> ReadGenerationAsync(TimeSpan patience, CancellationToken cancellation) =>
        (await WaitAsync(() => RunAsync(PostgresOperation.LookupOther, database.ReadIdentityAsync), patience, cancellation)).Generation;

    /// <summary>Several members at once, by one read that starts now and counts as one. The caller bounds the number.</summary>
    /// <exception cref="FactsUnreadableException">They cannot be read, or not from the database that this instance knows.</exception>
    public Task<MembersRead> ReadManyAsync(string[] memberIds, TimeSpan patience, CancellationToken cancellation) =>
        WaitAsync(() => ReadManyNowAsync(memberIds), patience, cancellation);

    /// <summary>Where the database is now.</summary>
    /// <exception cref="FactsUnreadableException">It cannot be read, or is not the database that this instance knows.</exception>
    public Task<DatabasePosition> ReadPositionAsync(TimeSpan patience, CancellationToken cancellation) =>
        WaitAsync(() => RunAsync(PostgresOperation.LookupOther, token => database.ReadPositionAsync(lineage.Known, token)), patience, cancellation);

    /// <exception cref="FactsUnreadableException">It cannot be read.</exception>
    public Task<Register> ReadRegisterAsync(TimeSpan patience, CancellationToken cancellation) =>
        WaitAsync(() => RunAsync(PostgresOperation.LookupRegister, database.ReadRegisterAsync), patience, cancellation);

    private async Task<DatabaseRead> FlyAsync(string memberId)
    {
        // Off the first caller's thread: an exception must not be thrown into the Lazy, which would keep it.
        await Task.Yield();
        try
        {
            return await ReadNowAsync(memberId);
        }
        finally
        {
            _flights.TryRemove(memberId, out _);
        }
    }

    private async Task<DatabaseRead> ReadNowAsync(string memberId)
    {
        var begun = time.GetTimestamp();
        return new DatabaseRead(await RunAsync(PostgresOperation.Lookup, token => database.ReadMemberAsync(memberId, token)), begun);
    }

    private async Task<MembersRead> ReadManyNowAsync(string[] memberIds)
    {
        var begun = time.GetTimestamp();
        var (position, members) = await RunAsync(PostgresOperation.LookupMany, token => database.ReadMembersAsync(memberIds, lineage.Known, token));
        return new MembersRead(position, members, begun);
    }

    private async Task<DatabaseRead> ReadDemandedAsync(string memberId, FactsToken demanded)
    {
        var begun = time.GetTimestamp();
        var (facts, isIncluded) = await RunAsync(PostgresOperation.Lookup, token => database.ReadMemberAsync(memberId, demanded, lineage.Known, token));
        return new DatabaseRead(facts, begun, LacksDemanded: !isIncluded);
    }

    private Task<T> WaitAsync<T>(Func<Task<T>> read, TimeSpan patience, CancellationToken cancellation) =>
        patience > TimeSpan.Zero ? WaitAsync(read(), patience, cancellation) : throw OutOfTime(patience);

    private async Task<T> WaitAsync<T>(Task<T> read, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            return await read.WaitAsync(patience, cancellation);
        }
        catch (TimeoutException)
        {
            throw OutOfTime(patience);
        }
    }

    private FactsUnreadableException OutOfTime(TimeSpan patience) =>
        new("the database did not answer in time") { IsShortOfTime = patience < settings.DatabaseTimeout };

    private async Task<T> RunAsync<T>(PostgresOperation operation, Func<CancellationToken, Task<T>> read)
    {
        if (!Limit.TryEnter())
        {
            throw Limit.BuildRefusal();
        }

        try
        {
            using var limit = new CommandCancellation(settings.DatabaseTimeout, time);
            var begun = Stopwatch.GetTimestamp();
            var answer = await ReadTwiceAsync(read, limit.Token);
            metrics?.Answered(operation, begun);
            return answer;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever it is, a row that cannot be understood included: the facts are not known.
            throw new FactsUnreadableException("the database does not answer, or not in a way that is understood", e);
        }
        finally
        {
            Limit.Leave();
        }
    }

    /// <summary>A pooled connection may have broken unnoticed, with a restart of the server for instance: then all of them have.</summary>
    private async Task<T> ReadTwiceAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        try
        {
            return await read(cancellation);
        }
        catch (NpgsqlException e) when (IsOfConnection(e) && !cancellation.IsCancellationRequested)
        {
            pool.Clear();
            return await read(cancellation);
        }
    }

    private static bool IsOfConnection(NpgsqlException error) =>
        error is not PostgresException { SqlState: not (PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown) };
}

/// <param name="Facts">Null when there is no such member.</param>
/// <param name="Begun">Every change committed before this timestamp is included.</param>
/// <param name="LacksDemanded">The database does not have the write that the caller demands.</param>
public readonly record struct DatabaseRead(MemberFacts? Facts, long Begun, bool LacksDemanded = false);

/// <param name="Position">Every change that it sees is included.</param>
/// <param name="Members">Without those who are no members; null facts are those of a row that cannot be understood.</param>
/// <param name="Begun">Every change committed before this timestamp is included.</param>
public sealed record MembersRead(DatabasePosition Position, IReadOnlyDictionary<string, MemberFacts?> Members, long Begun);

/// <summary>Facts that a check needs cannot be read now.</summary>
public sealed class FactsUnreadableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The caller's deadline left less time than the database may take.</summary>
    public bool IsShortOfTime { get; init; }
}
