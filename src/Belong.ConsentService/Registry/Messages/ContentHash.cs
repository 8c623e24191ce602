using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace Belong.ConsentService.Registry;

/// <summary>By what a repeated write is told from another one under the same key.</summary>
internal sealed class ContentHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public static byte[] Of<T>(string kind, string subject, IList<T> changes)
        where T : IMessage
    {
        using var hash = new ContentHash();
        hash.Add(kind);
        hash.Add(subject);
        foreach (var change in changes)
        {
            hash.Add(change);
        }

        return hash.Finish();
    }

    public void Add(string text) => Add(Encoding.UTF8.GetBytes(text));

    public void Add(IMessage message) => Add(message.ToByteArray());

    public byte[] Finish() => _hash.GetHashAndReset();

    public void Dispose() => _hash.Dispose();

    /// <summary>The length first, so that no two lists of parts run into the same bytes.</summary>
    private void Add(byte[] part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        _hash.AppendData(length);
        _hash.AppendData(part);
    }
}
