namespace Belong.ConsentService.Audit;

internal static partial class AuditLog
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "Redis was not as PostgreSQL: {Kind} {Member}, version {Seen} in place of {Expected}; replaced")]
    public static partial void Difference(ILogger logger, DifferenceKind kind, string member, long seen, long expected);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "A page was not compared: {Reason}")]
    public static partial void Skipped(ILogger logger, string reason);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "The audit failed and is tried again for ever: {Reason}")]
    public static partial void Failed(ILogger logger, string reason);
}
