using Npgsql;

namespace Belong.ConsentService.Access.Grants;

/// <summary>Where the grants are kept.</summary>
internal interface IGrantsSource
{
    /// <summary>As refusals name it.</summary>
    string Name { get; }

    /// <summary>The newest version; null when there is none.</summary>
    /// <exception cref="GrantsUnreadableException">It cannot be read now.</exception>
    Task<byte[]?> ReadAsync(CancellationToken cancellation);
}

/// <summary>A file, replaced whole.</summary>
internal sealed class GrantsFile(string path) : IGrantsSource
{
    public string Name => path;

    public async Task<byte[]?> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            // One more byte than is allowed shows that it is too long.
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[Math.Min(file.Length, GrantsReader.MaxBytes + 1)];
            return bytes[..await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GrantsUnreadableException(e.Message);
        }
    }
}

/// <summary>The newest row of access_grants.</summary>
internal sealed class GrantsTable(NpgsqlDataSource source) : IGrantsSource
{
    public string Name => "the newest row of access_grants";

    public async Task<byte[]?> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            await using var command = source.CreateCommand("SELECT document::text FROM access_grants ORDER BY seq DESC LIMIT 1");
            return await command.ExecuteScalarAsync(cancellation) is string document ? System.Text.Encoding.UTF8.GetBytes(document) : null;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw new GrantsUnreadableException(e.Message);
        }
    }
}

/// <summary>The grants cannot be read now.</summary>
public sealed class GrantsUnreadableException(string message) : Exception(message);
