using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Cache;

public sealed partial class FactsCache
{
    /// <summary>The register, or null when there is none that can be read: PostgreSQL has it.</summary>
    public async Task<Register?> ReadRegisterAsync(string generation, CancellationToken cancellation)
    {
        using var lease = await _redis.Database.StringGetLeaseAsync(_keys.Register(generation), Direct).WaitAsync(cancellation);
        return lease is not null && RegisterValue.TryDecode(lease.Span, out var register) ? register : null;
    }

    internal Task WriteRegisterAsync(string generation, RegisterRecords records, CancellationToken cancellation)
    {
        // Damage cannot be told from a newer version in Redis; the readers fall back on PostgreSQL then.
        var write = new MemberWrite("", records.Version, RegisterValue.Encode(records));
        return SetIfNewerAsync(_keys.Register(generation), write, NoTimeToLive, NothingDamaged).WaitAsync(cancellation);
    }
}
