using System.Collections.Concurrent;
using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;
using Npgsql;

namespace Belong.ConsentService.Lookup;

/// <summary>
/// Reads members from PostgreSQL when the cache cannot answer: one read per member at a time, a bound
/// on all of them, and a time limit of its own, so that no caller's cancellation ends another's read.
/// </summary>
public sealed class DatabaseReads(FactsDatabase database, NpgsqlDataSource pool, LookupSettings settings, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<DatabaseRead>>> _flights = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _slots = new(settings.MaxConcurrentDatabaseReads);
    private long _refused;

    /// <summary>Reads that were refused because too many were under way.</summary>
    public long RefusedCount => Interlocked.Read(ref _refused);

    /// <summary>The facts as they are now, or as an equal read that is under way finds them.</summary>
    /// <exception cref="FactsUnreadableException">They cannot be read.</exception>
    public async Task<DatabaseRead> ReadAsync(string memberId, CancellationToken cancellation)
    {
        // Lazy: the read starts once it stands in the table, so that its end cannot come before its entry.
        var flight = _flights.GetOrAdd(memberId, static (id, reads) => new Lazy<Task<DatabaseRead>>(() => reads.FlyAsync(id)), this);
        return await flight.Value.WaitAsync(cancellation);
    }

    /// <summary>The facts as they are now, by a read that starts now.</summary>
    /// <exception cref="FactsUnreadableException">They cannot be read.</exception>
    public Task<DatabaseRead> ReadAnewAsync(string memberId, CancellationToken cancellation) =>
        ReadNowAsync(memberId).WaitAsync(cancellation);

    /// <summary>What an erased member's facts were; null when nothing was kept.</summary>
    /// <exception cref="FactsUnreadableException">They cannot be read.</exception>
    public Task<MemberFacts?> ReadErasedAsync(string memberId, CancellationToken cancellation) =>
        RunAsync(token => database.ReadErasedAsync(memberId, token)).WaitAsync(cancellation);

    /// <summary>Which generation the database is of.</summary>
    /// <exception cref="FactsUnreadableException">It cannot be read.</exception>
    public async Task<string> ReadGenerationAsync(CancellationToken cancellation) =>
        (await RunAsync(database.ReadIdentityAsync).WaitAsync(cancellation)).Generation;

    /// <exception cref="FactsUnreadableException">It cannot be read.</exception>
    public Task<Register> ReadRegisterAsync(CancellationToken cancellation) =>
        RunAsync(database.ReadRegisterAsync).WaitAsync(cancellation);

    public void Dispose() => _slots.Dispose();

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
        return new DatabaseRead(await RunAsync(token => database.ReadMemberAsync(memberId, token)), begun);
    }

    private async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> read)
    {
        if (!_slots.Wait(0, CancellationToken.None))
        {
            Interlocked.Increment(ref _refused);
            throw new FactsUnreadableException("too many members are being read from the database");
        }

        try
        {
            using var limit = new CancellationTokenSource(settings.DatabaseTimeout, time);
            return await ReadTwiceAsync(read, limit.Token);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever it is, a row that cannot be understood included: the facts are not known.
            throw new FactsUnreadableException("the database does not answer, or not in a way that is understood", e);
        }
        finally
        {
            _slots.Release();
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
public readonly record struct DatabaseRead(MemberFacts? Facts, long Begun);

/// <summary>Facts that a check needs cannot be read now.</summary>
public sealed class FactsUnreadableException(string message, Exception? inner = null) : Exception(message, inner);
