namespace Belong.ConsentService.Database;

/// <summary>
/// What stands for a member in logs and in records that outlast an erasure: a hash keyed by facts_identity.pseudonym_salt,
/// which whoever may read that row can match, and nobody else.
/// </summary>
public sealed class MemberPseudonyms(FactsDatabase database, TimeProvider time)
{
    private const int LoggedBytes = 8;

    /// <summary>Another database may have another key; a log line may be by the one before for so long.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private volatile Known? _known;

    /// <summary>All of it, by the key as it is now.</summary>
    public async Task<byte[]> OfAsync(string memberId, CancellationToken cancellation) => FactsDatabase.PseudonymOf(await ReadKeyAsync(cancellation), memberId);

    /// <summary>The start of it, for logs; empty when it cannot be found out.</summary>
    public async ValueTask<string> ForLogAsync(string memberId, CancellationToken cancellation)
    {
        try
        {
            var key = _known is { } known && time.GetElapsedTime(known.ReadAt) < MaxAge ? known.Key : await ReadKeyAsync(cancellation);
            return ForLog(FactsDatabase.PseudonymOf(key, memberId));
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or InvalidOperationException or TimeoutException or OperationCanceledException)
        {
            // What happened has happened, whether or not its log line can name the member.
            return "";
        }
    }

    public static string ForLog(byte[] pseudonym) => Convert.ToHexStringLower(pseudonym.AsSpan(0, LoggedBytes));

    private async Task<byte[]> ReadKeyAsync(CancellationToken cancellation)
    {
        var key = await database.ReadSaltAsync(cancellation) ?? throw new InvalidOperationException("the database has no identity yet");
        _known = new Known(key, time.GetTimestamp());
        return key;
    }

    private sealed record Known(byte[] Key, long ReadAt);
}
