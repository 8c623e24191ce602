using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>How far an output was written.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Digest of the bytes in hex.</param>
internal sealed record OutputPoint(long Bytes, string Sha256);

/// <summary>Lines that are gathered and then written at once.</summary>
internal abstract class LineOutput : IDisposable
{
    private readonly ArrayBufferWriter<byte> _gathered = new();

    public void Add(ReadOnlySpan<byte> text) => _gathered.Write(text);

    /// <summary>Hands over to the operating system what was gathered.</summary>
    public void Commit()
    {
        if (_gathered.WrittenCount > 0)
        {
            Write(_gathered.WrittenSpan);
            _gathered.ResetWrittenCount();
        }
    }

    public abstract void Dispose();

    protected abstract void Write(ReadOnlySpan<byte> text);
}

/// <summary>Lines on standard output.</summary>
internal sealed class ConsoleOutput(TextWriter output) : LineOutput
{
    public override void Dispose() => output.Flush();

    protected override void Write(ReadOnlySpan<byte> text) => output.Write(Encoding.UTF8.GetString(text));
}

/// <summary>Lines in a file that is taken up again exactly where it was, and by one process at a time.</summary>
internal sealed class FileOutput : LineOutput
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly FileStream _file;

    private FileOutput(string path, FileShare share, FileOptions options = FileOptions.None)
    {
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, bufferSize: 0, options);
        Path = path;
    }

    public string Path { get; }

    public OutputPoint Point => new(_file.Position, Convert.ToHexStringLower(_hash.GetCurrentHash()));

    /// <summary>A file that goes on after a point; without one it begins anew.</summary>
    public static FileOutput Open(string path, OutputPoint? point, FileShare share = FileShare.None)
    {
        var output = new FileOutput(path, share);
        if (!output.TryGoTo(point))
        {
            output.Dispose();
            throw new UsageException($"{path} is not as the interrupted screening left it: put it back, or begin anew with --restart.");
        }

        return output;
    }

    /// <summary>A file that nobody sees and that goes with the process.</summary>
    public static FileOutput OpenTemporary() =>
        new(System.IO.Path.GetTempFileName(), FileShare.ReadWrite | FileShare.Delete, FileOptions.DeleteOnClose);

    public void FlushToDisk() => _file.Flush(flushToDisk: true);

    public override void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    protected override void Write(ReadOnlySpan<byte> text)
    {
        _file.Write(text);
        _hash.AppendData(text);
    }

    private bool TryGoTo(OutputPoint? point)
    {
        var rest = point?.Bytes ?? 0;
        var buffer = new byte[64 * 1024];
        while (rest > 0)
        {
            var count = _file.Read(buffer, 0, (int)Math.Min(buffer.Length, rest));
            if (count == 0)
            {
                return false;
            }

            _hash.AppendData(buffer, 0, count);
            rest -= count;
        }

        if (point is not null && point != Point)
        {
            return false;
        }

        _file.SetLength(_file.Position);
        return true;
    }
}
