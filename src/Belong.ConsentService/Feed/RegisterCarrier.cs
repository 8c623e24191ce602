using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;

namespace Belong.ConsentService.Feed;

/// <summary>
/// Carries the register to Redis. One that cannot be read is carried as unreadable: members are fed on,
/// and checks are refused once the register they know has grown too old.
/// </summary>
internal sealed partial class RegisterCarrier(FeedContext context, ChangeReader reader)
{
    public async Task WriteAsync(string generation, CancellationToken cancellation)
    {
        var (version, value) = await ReadAsync(cancellation);
        await context.Cache.WriteRegisterAsync(generation, version, value, null, cancellation);
    }

    /// <summary>Replaces a value that cannot be read: another version of the service may have left it so.</summary>
    public async Task MendAsync(string generation, CancellationToken cancellation)
    {
        var seen = await context.Cache.ReadRegisterValueAsync(generation, cancellation);
        if (RegisterValue.TryDecode(seen, out _))
        {
            return;
        }

        var (version, value) = await ReadAsync(cancellation);
        await context.Cache.WriteRegisterAsync(generation, version, value, seen, cancellation);
    }

    private async Task<(long Version, byte[] Value)> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            var records = await reader.ReadRegisterAsync(cancellation);
            foreach (var record in records.Unreadable)
            {
                context.Counters.CountUnreadableRecord();
                Log.UnreadableRecord(context.Logger, record.Cause, record.Kind, record.Id);
            }

            return (records.Version, RegisterValue.Encode(records));
        }
        catch (UnreadableRegisterException e)
        {
            context.Counters.CountUnreadableRegister();
            Log.UnreadableRegister(context.Logger, e, e.Version);
            return (e.Version, RegisterValue.EncodeUnreadable(e.Version));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 40, Level = LogLevel.Error, Message = "{Kind} {Id} of the register cannot be read and is left out; what rests on it is denied")]
        public static partial void UnreadableRecord(ILogger logger, Exception e, string kind, string id);

        [LoggerMessage(EventId = 41, Level = LogLevel.Critical, Message = "The register, version {Version}, cannot be used; checks are refused once the one before it is too old")]
        public static partial void UnreadableRegister(ILogger logger, Exception e, long version);
    }
}
