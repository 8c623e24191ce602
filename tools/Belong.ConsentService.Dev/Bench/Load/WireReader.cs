namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>The fields of a message of protocol buffers, one after the other, without an object for any of them.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _left = message;

    public int Field { get; private set; }

    /// <summary>The value of a varint.</summary>
    public ulong Number { get; private set; }

    /// <summary>The value of a text, a message or a packed list.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The number itself, or the first of a packed list.</summary>
    public readonly int FirstNumber
    {
        get
        {
            var packed = Bytes;
            return packed.IsEmpty ? (int)Number : (int)ReadVarint(ref packed);
        }
    }

    public bool MoveNext()
    {
        if (_left.IsEmpty)
        {
            return false;
        }

        var tag = (int)ReadVarint(ref _left);
        Field = tag >> 3;
        Bytes = default;
        Number = 0;
        switch (tag & 7)
        {
            case 0:
                Number = ReadVarint(ref _left);
                break;
            case 1:
                _left = _left[8..];
                break;
            case 2:
                var length = (int)ReadVarint(ref _left);
                Bytes = _left[..length];
                _left = _left[length..];
                break;
            case 5:
                _left = _left[4..];
                break;
            default:
                throw new FormatException("not a message of protocol buffers");
        }

        return true;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var i = 0; ; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return value;
            }
        }
    }
}
