using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Belong.ConsentService.Access.Grants;

/// <summary>
/// Callers by the SHA-256 of their keys. The first bytes of the hash of what was presented lead to a place: nobody can
/// choose them without having the key. There all bytes are compared in constant time.
/// </summary>
internal sealed class KeyTable(IEnumerable<(byte[] Hash, Caller Caller)> keys)
{
    private readonly FrozenDictionary<ulong, (byte[] Hash, Caller Caller)[]> _byStart = keys
        .GroupBy(key => StartOf(key.Hash)).ToFrozenDictionary(group => group.Key, group => group.ToArray());

    public Caller? Find(ReadOnlySpan<byte> hash)
    {
        Caller? found = null;
        if (_byStart.TryGetValue(StartOf(hash), out var entries))
        {
            foreach (var (known, caller) in entries)
            {
                found = CryptographicOperations.FixedTimeEquals(known, hash) ? caller : found;
            }
        }

        return found;
    }

    private static ulong StartOf(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt64LittleEndian(hash);
}
