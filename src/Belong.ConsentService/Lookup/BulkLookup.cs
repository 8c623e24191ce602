using Belong.ConsentService.Cache;
using Belong.ConsentService.Overload;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Tracing;
using StackExchange.Redis;

namespace Belong.ConsentService.Lookup;

/// <summary>Takes the facts of one member after the other, in no order; never called by two at once.</summary>
public interface IFactsVisitor
{
    /// <param name="index">Of the member among the ids asked for.</param>
    /// <param name="now">The clock after the facts were read.</param>
    void Visit(int index, in FactsView facts, FactsOrigin origin, Instant now);
}

/// <summary>
/// Reads many members, each as <see cref="FactsLookup"/> would read it alone: a few commands in the cache, and one read of
/// PostgreSQL for all whom the cache cannot answer for. What is read so does not fill the cache: whoever exists
/// the feed has put there.
/// </summary>
public sealed class BulkLookup(
    FactsStateHolder holder, FactsCache cache, CacheBreaker breaker, FactsLookup lookup, DatabaseReads database, BulkLane lane, LookupSettings settings, LookupCounters counters, TimeProvider time)
{
    private const int SlicesAhead = 4;
    private const int DatabasePage = 1_000;

    /// <summary>Behind other work of the lane an answer may take longer than one that comes alone.</summary>
    private const int CachePatience = 5;

    /// <param name="bound">How old the facts may be.</param>
    /// <param name="cover">What they must include; null for nothing.</param>
    public async Task ReadAsync(string[] ids, TimeSpan bound, FactsCover? cover, AnswerTime end, IFactsVisitor visitor, CancellationToken cancellation)
    {
        if (ids.Length == 0)
        {
            return;
        }

        var read = new Read(ids, bound, cover, end, holder.Current, visitor);
        if (IsCacheToBeAsked(read))
        {
            await ReadCacheAsync(read, cancellation);
        }
        else
        {
            read.MissAll();
        }

        await ReadDatabaseAsync(read, cancellation);
        foreach (var index in read.Damaged)
        {
            await ReadAloneAsync(read, index, cancellation);
        }
    }

    private bool IsCacheToBeAsked(Read read) => read.State.CacheBreaks == cache.Breaks
        && read.State.CacheAge(time) <= read.Bound && read.State.RegisterAge(time) <= read.Bound
        && (read.Cover is null || read.Cover.IsIn(read.State))
        && lookup.IsCacheToBeAsked(read.State, read.Ids[0]);

    private async Task ReadCacheAsync(Read read, CancellationToken cancellation)
    {
        var slices = new Queue<(int First, ReadOnlyMemory<string> Ids, Task<RedisValue[]?> Values)>(SlicesAhead);
        for (var first = 0; first < read.Ids.Length || slices.Count > 0;)
        {
            while (slices.Count < SlicesAhead && first < read.Ids.Length)
            {
                var ids = read.Ids.AsMemory(first, Math.Min(lane.SliceMembers, read.Ids.Length - first));
                slices.Enqueue((first, ids, ReadSliceAsync(read, ids, cancellation)));
                first += ids.Length;
            }

            var slice = slices.Dequeue();
            var values = await slice.Values;
            await lane.JudgeAsync(() => VisitSlice(read, slice.First, slice.Ids.Span, values), cancellation);
        }
    }

    private Task<RedisValue[]?> ReadSliceAsync(Read read, ReadOnlyMemory<string> ids, CancellationToken cancellation) => lane.ReadAsync(
        () => ConsentTraces.IsTraced ? ReadTracedAsync(read, ids, cancellation) : ReadManyAsync(read, ids, cancellation),
        cancellation);

    private Task<RedisValue[]?> ReadManyAsync(Read read, ReadOnlyMemory<string> ids, CancellationToken cancellation) =>
        cache.ReadManyAsync(read.State.Generation, ids, read.End.ForCache(settings.CacheTimeout * CachePatience), breaker.TimedOut, cancellation);

    private async Task<RedisValue[]?> ReadTracedAsync(Read read, ReadOnlyMemory<string> ids, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var values = await ReadManyAsync(read, ids, cancellation);
        ConsentTraces.NoteCacheRead("MGET", time.GetElapsedTime(started), values is null ? "unavailable" : "read", ids.Length);
        return values;
    }

    private void VisitSlice(Read read, int first, ReadOnlySpan<string> ids, RedisValue[]? values)
    {
        // Another server than the state speaks of may have answered.
        if (values is null || read.State.CacheBreaks != cache.Breaks)
        {
            counters.Miss(ReadOutcome.Unavailable, ids.Length);
            read.Miss(first, ids.Length);
            return;
        }

        breaker.Answered();
        var age = read.State.CacheAge(time) > read.State.RegisterAge(time) ? read.State.CacheAge(time) : read.State.RegisterAge(time);
        var now = Instant.From(time.GetUtcNow());
        var hits = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            var member = FactsCache.Decode(ids[i], values[i]);
            // For nobody, which is read for anonymised data, nothing is there.
            if (member.Outcome is ReadOutcome.Hit or ReadOutcome.NoSuchMember || (member.Outcome == ReadOutcome.Miss && ids[i].Length == 0))
            {
                hits++;
                read.Visitor.Visit(first + i, new FactsView(true, age, member.Facts, read.State.Register), FactsOrigin.Cache, now);
            }
            else if (member.Outcome == ReadOutcome.Corrupt)
            {
                read.Damaged.Add(first + i);
            }
            else
            {
                counters.Miss(member.Outcome, 1);
                read.Miss(first + i, 1);
            }
        }

        counters.Hit(hits);
    }

    private async Task ReadDatabaseAsync(Read read, CancellationToken cancellation)
    {
        for (var first = 0; first < read.Missed.Count; first += DatabasePage)
        {
            var page = read.Missed.GetRange(first, Math.Min(DatabasePage, read.Missed.Count - first));
            await ReadPageAsync(read, page, cancellation);
        }
    }

    private async Task ReadPageAsync(Read read, List<int> page, CancellationToken cancellation)
    {
        try
        {
            var ids = page.ConvertAll(index => read.Ids[index]).ToArray();
            var members = await lane.ReadDatabaseAsync(
                () => database.ReadManyAsync(ids, read.End.ForDatabase(settings.DatabaseTimeout), cancellation), cancellation);
            if (read.Cover is not null && !read.Cover.IsIn(members.Position))
            {
                throw new FactsUnreadableException("the database is another one than the list was begun with, or behind it");
            }

            var (register, registerAge) = await lookup.ReadRegisterAsync(
                read.State, mustRead: !(read.Cover?.IsRegisterIn(read.State) ?? true), read.Bound, null, read.End, cancellation);
            if (register.Version < read.Cover?.RegisterVersion)
            {
                throw new FactsUnreadableException("the register is behind that of the position");
            }

            counters.DatabaseRead();
            await lane.JudgeAsync(() => VisitPage(read, page, members, register, registerAge), cancellation);
        }
        catch (Exception e) when (e is FactsUnreadableException or Grpc.Core.RpcException)
        {
            counters.DatabaseFailed();
            var view = await DescribeFailureAsync(read);
            await lane.JudgeAsync(() => VisitAll(read, page, view), cancellation);
        }
    }

    private void VisitPage(Read read, List<int> page, MembersRead members, Register register, TimeSpan registerAge)
    {
        var age = time.GetElapsedTime(members.Begun);
        age = age > registerAge ? age : registerAge;
        var now = Instant.From(time.GetUtcNow());
        foreach (var index in page)
        {
            var isMember = members.Members.TryGetValue(read.Ids[index], out var facts);
            // A row that cannot be understood says nothing of the member.
            var view = isMember && facts is null ? FactsView.Unreadable : new FactsView(true, age, facts, register);
            read.Visitor.Visit(index, view, isMember && facts is null ? FactsOrigin.None : FactsOrigin.Database, now);
        }
    }

    private void VisitAll(Read read, List<int> page, FactsView view)
    {
        var now = Instant.From(time.GetUtcNow());
        foreach (var index in page)
        {
            read.Visitor.Visit(index, view, FactsOrigin.None, now);
        }
    }

    /// <summary>Stale when the cache still answers but is too old or lacks what must be covered; else unreadable.</summary>
    private async Task<FactsView> DescribeFailureAsync(Read read)
    {
        var failure = await lookup.DescribeFailureAsync(
            read.State, read.Ids[0], read.Bound, null, new MemberRead(ReadOutcome.Unavailable), read.End);
        return failure.View;
    }

    /// <summary>A damaged value is met so seldom that each goes the way of a check alone, which mends it.</summary>
    private async Task ReadAloneAsync(Read read, int index, CancellationToken cancellation)
    {
        var result = new LookupResult(FactsView.Unreadable, FactsOrigin.None);
        try
        {
            result = await lookup.ReadAsync(read.Ids[index], read.Bound, null, read.End, cancellation);
        }
        catch (Grpc.Core.RpcException)
        {
            // Too many reads are under way.
        }

        if (read.Cover is null)
        {
            await lane.JudgeAsync(() => read.Visitor.Visit(index, result.View, result.Origin, Instant.From(time.GetUtcNow())), cancellation);
        }
        else
        {
            await ReadPageAsync(read, [index], cancellation);
        }
    }

    /// <summary>One call of <see cref="ReadAsync"/>: what was asked, and who is still to be read.</summary>
    private sealed record Read(string[] Ids, TimeSpan Bound, FactsCover? Cover, AnswerTime End, FactsState State, IFactsVisitor Visitor)
    {
        public List<int> Missed { get; } = [];

        public List<int> Damaged { get; } = [];

        public void MissAll() => Miss(0, Ids.Length);

        public void Miss(int first, int count)
        {
            for (var i = 0; i < count; i++)
            {
                Missed.Add(first + i);
            }
        }
    }
}
