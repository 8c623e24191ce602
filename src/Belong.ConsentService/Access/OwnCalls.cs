using System.Security.Cryptography;
using System.Text;

namespace Belong.ConsentService.Access;

/// <summary>The instance as a caller of its own, to warm up what stands before every call: with a key that nobody else has, and in no metric.</summary>
internal sealed class OwnCalls
{
    private readonly byte[] _hash;

    public OwnCalls()
    {
        Key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));
        _hash = SHA256.HashData(Encoding.UTF8.GetBytes(Key));
    }

    public string Key { get; }

    public Caller Caller { get; } = new("warm-up") { Rpcs = RpcSet.Of([Rpc.GetServerInfo]), IsOwn = true };

    public bool IsKey(ReadOnlySpan<byte> hash) => CryptographicOperations.FixedTimeEquals(_hash, hash);
}
