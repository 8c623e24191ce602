using Belong.ConsentService.Database;

namespace Belong.ConsentService.Lookup;

/// <summary>
/// What stands for a member in logs and in records that outlast an erasure: a hash keyed by facts_identity.pseudonym_salt,
/// which whoever may read that row can match, and nobody else.
/// </summary>
public sealed class MemberPseudonyms(FactsDatabase database, FactsStateHolder holder)
{
    private const int LoggedBytes = 8;

    private volatile Known? _known;

    /// <summary>All of it.</summary>
    public async ValueTask<byte[]> OfAsync(string memberId, CancellationToken cancellation)
    {
        var generation = holder.Current.Generation;
        if (_known is not { } known || known.Generation != generation)
        {
            // Another database may have another one.
            known = new Known(generation, await database.ReadSaltAsync(cancellation) ?? throw new FactsUnreadableException("the database has no identity yet"));
            _known = known;
        }

        return FactsDatabase.PseudonymOf(known.Salt, memberId);
    }

    /// <summary>The start of it, for logs; empty when it cannot be found out.</summary>
    public async ValueTask<string> ForLogAsync(string memberId, CancellationToken cancellation)
    {
        try
        {
            return ForLog(await OfAsync(memberId, cancellation));
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or FactsUnreadableException or TimeoutException or OperationCanceledException)
        {
            // What was recorded is recorded, whether or not its log line can name the member.
            return "";
        }
    }

    public static string ForLog(byte[] pseudonym) => Convert.ToHexStringLower(pseudonym.AsSpan(0, LoggedBytes));

    private sealed record Known(string Generation, byte[] Salt);
}
