using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Audit;

/// <summary>Compares the register in Redis with that of PostgreSQL.</summary>
internal sealed class RegisterAudit(AuditContext context, AuditDatabase database)
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (await FindAsync(isThorough: false, cancellation) is null || await FindAsync(isThorough: true, cancellation) is not { } found)
        {
            return;
        }

        var (row, seen, kind, seenVersion) = found;
        context.Counters.CountDifference(DifferenceKind.Register);
        AuditLog.Difference(context.Logger, DifferenceKind.Register, "", seenVersion, row.Version);
        var replaced = kind is DifferenceKind.Missing or DifferenceKind.Behind ? null : seen;
        await context.Cache.WriteRegisterAsync(row.Head.Generation, row.Version, row.Value, replaced, cancellation);
        // A value with a wrong version may have kept the feed from writing what was committed meanwhile.
        var now = await database.ReadRegisterAsync(cancellation);
        await context.Cache.WriteRegisterAsync(row.Head.Generation, now.Version, now.Value, null, cancellation);
    }

    private async Task<RegisterDifference?> FindAsync(bool isThorough, CancellationToken cancellation)
    {
        var row = await database.ReadRegisterAsync(cancellation);
        var watch = await StateWatch.BeginAsync(context, row.Head, cancellation);
        var seen = await context.Cache.ReadRegisterValueAsync(row.Head.Generation, cancellation);
        await watch.EndAsync(isThorough, cancellation);
        if (Compare(row, seen) is not { Kind: DifferenceKind.Ahead })
        {
            return Compare(row, seen);
        }

        // It may have changed since the read.
        var now = await database.ReadRegisterAsync(cancellation);
        watch.RequireNotBehind(now.Head);
        return Compare(now, seen) is { Kind: DifferenceKind.Ahead } ahead ? ahead : null;
    }

    private static RegisterDifference? Compare(RegisterRow row, byte[]? seen)
    {
        if (seen is null)
        {
            return new RegisterDifference(row, null, DifferenceKind.Missing, 0);
        }

        if (seen.AsSpan().SequenceEqual(row.Value))
        {
            return null;
        }

        var kind = RegisterValue.TryReadVersion(seen, out var version) && version != row.Version
            ? version < row.Version ? DifferenceKind.Behind : DifferenceKind.Ahead
            : DifferenceKind.Different;
        return new RegisterDifference(row, seen, kind, version);
    }

    private sealed record RegisterDifference(RegisterRow Row, byte[]? Seen, DifferenceKind Kind, long SeenVersion);
}
