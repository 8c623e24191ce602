using System.Security.Cryptography;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>How far a list was read. Between two lines, or at its end.</summary>
/// <param name="Bytes">Bytes from the beginning.</param>
/// <param name="Lines">Lines among them.</param>
/// <param name="BlankLines">Lines without an id.</param>
/// <param name="Sha256">Digest of the bytes in hex.</param>
/// <param name="HasEnded">There was no more.</param>
internal sealed record InputPoint(long Bytes, long Lines, long BlankLines, string Sha256, bool HasEnded)
{
    public static InputPoint Start { get; } = new(0, 0, 0, Convert.ToHexStringLower(SHA256.HashData([])), false);
}

/// <summary>
/// A list of ids, one per line, read in chunks. CR LF and a byte order mark are tolerated, blank lines are counted and left out;
/// all else is taken byte by byte as it is.
/// </summary>
internal sealed class IdLines(Stream stream, string name, ChunkLimits limits, long lengthBytes = long.MaxValue) : IDisposable
{
    public const int MaxLineBytes = 1_024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private long _bytes;
    private long _lines;
    private long _blankLines;
    private long _restBytes = lengthBytes;
    private bool _ended;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>After what was taken.</summary>
    public InputPoint Point => new(_bytes, _lines, _blankLines, Convert.ToHexStringLower(_hash.GetCurrentHash()), _ended && _start == _end);

    /// <summary>The next ids, or null at the end.</summary>
    public async Task<IdChunk?> ReadAsync()
    {
        var chunk = new IdChunk();
        while (!limits.IsReached(chunk))
        {
            if (!TryTakeLine(chunk))
            {
                if (_ended)
                {
                    break;
                }

                await FillAsync();
            }
        }

        chunk.End = Point;
        return chunk.Count > 0 ? chunk : null;
    }

    /// <summary>Passes over what was read before. False when it is not what was read then.</summary>
    public async Task<bool> TrySkipAsync(InputPoint point)
    {
        while (_bytes < point.Bytes)
        {
            if (_start == _end)
            {
                await FillAsync();
            }

            var part = (int)Math.Min(point.Bytes - _bytes, _end - _start);
            if (part == 0)
            {
                return false;
            }

            Take(part);
        }

        (_lines, _blankLines) = (point.Lines, point.BlankLines);
        return Point.Sha256 == point.Sha256 && (!point.HasEnded || await IsAtEndAsync());
    }

    public void Dispose()
    {
        _hash.Dispose();
        stream.Dispose();
    }

    private async Task<bool> IsAtEndAsync()
    {
        if (_start == _end)
        {
            await FillAsync();
        }

        return _start == _end;
    }

    private bool TryTakeLine(IdChunk chunk)
    {
        var rest = _buffer.AsSpan(_start, _end - _start);
        var length = rest.IndexOf((byte)'\n');
        var isLast = length < 0 && _ended && rest.Length > 0;
        if (length > MaxLineBytes || (length < 0 && rest.Length > MaxLineBytes))
        {
            throw new UsageException($"Line {_lines + 1} of {name} is longer than {MaxLineBytes} bytes: one id per line is allowed.");
        }

        if (length < 0 && !isLast)
        {
            return false;
        }

        var line = isLast ? rest : rest[..length];
        var isFirst = _bytes == 0;
        Take(isLast ? rest.Length : length + 1);
        _lines++;
        Add(chunk, isFirst && line.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line);
        return true;
    }

    private void Add(IdChunk chunk, ReadOnlySpan<byte> line)
    {
        if (line.EndsWith("\r"u8))
        {
            line = line[..^1];
        }

        if (line.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0)
        {
            _blankLines++;
        }
        else
        {
            chunk.Add(line);
        }
    }

    private void Take(int count)
    {
        _hash.AppendData(_buffer, _start, count);
        _start += count;
        _bytes += count;
    }

    private async Task FillAsync()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var room = (int)Math.Min(_buffer.Length - _end, _restBytes);
        var count = room == 0 ? 0 : await stream.ReadAsync(_buffer.AsMemory(_end, room));
        _end += count;
        _restBytes -= count;
        _ended = count == 0;
    }
}
