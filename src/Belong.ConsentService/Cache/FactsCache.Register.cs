using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Cache;

public sealed partial class FactsCache
{
    /// <summary>The register, or null when there is none that can be read: PostgreSQL has it.</summary>
    public async Task<Register?> ReadRegisterAsync(string generation, CancellationToken cancellation)
    {
        var value = await ReadRegisterValueAsync(generation, cancellation);
        return value is not null && RegisterValue.TryDecode(value, out var register) ? register : null;
    }

    /// <summary>The register's value as it is; null when there is none.</summary>
    internal Task<byte[]?> ReadRegisterValueAsync(string generation, CancellationToken cancellation) =>
        ReadValueAsync(_keys.Register(generation), cancellation);

    /// <param name="seen">The value to replace whatever its version; else only an older one is replaced.</param>
    internal Task<bool> WriteRegisterAsync(string generation, long version, byte[] value, byte[]? seen, CancellationToken cancellation)
    {
        var write = new MemberWrite("", version, value);
        return SetIfNewerAsync(_keys.Register(generation), write, seen ?? NothingSeen).WaitAsync(cancellation);
    }
}
