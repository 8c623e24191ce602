using Belong.ConsentService.Database;

namespace Belong.ConsentService.Registry;

/// <summary>
/// Tells of each write in the log. The record itself (who, why, when, what) is its row of history; this is for whoever
/// watches the service and may not read that.
/// </summary>
public sealed partial class WriteLog(MemberPseudonyms pseudonyms, ILogger<WriteLog> log)
{
    public async ValueTask MemberAsync(string caller, string memberId, WriteResult result, CancellationToken cancellation)
    {
        if (!result.IsReplay && log.IsEnabled(LogLevel.Information))
        {
            Log.Member(log, caller, await pseudonyms.ForLogAsync(memberId, cancellation), result.Version);
        }
    }

    public void Register(string caller, WriteResult result)
    {
        if (!result.IsReplay)
        {
            Log.Register(log, caller, result.Version);
        }
    }

    public void Import(string caller, long imported, bool isReplay)
    {
        if (!isReplay)
        {
            Log.Import(log, caller, imported);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Caller} recorded version {Version} of member {Member}")]
        public static partial void Member(ILogger logger, string caller, string member, long version);

        [LoggerMessage(2, LogLevel.Information, "{Caller} recorded version {Version} of the register")]
        public static partial void Register(ILogger logger, string caller, long version);

        [LoggerMessage(3, LogLevel.Information, "{Caller} imported {Members} members")]
        public static partial void Import(ILogger logger, string caller, long members);
    }
}
