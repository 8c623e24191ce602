using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Belong.ConsentService.Testing.Redis;

/// <summary>One command to exactly one Redis, on a connection of its own: nothing is discovered, redirected or tried again.</summary>
internal static class RedisAsking
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1);

    /// <returns>A string, a long, a list of these, or null.</returns>
    public static Task<object?> AskAsync(int port, string[] words, CancellationToken cancellation) =>
        AskAsync(port, words, AnswerLimit, cancellation);

    /// <returns>A string, a long, a list of these, or null.</returns>
    public static async Task<object?> AskAsync(int port, string[] words, TimeSpan answerLimit, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(answerLimit);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
            await client.GetStream().WriteAsync(Encode(words), limit.Token);
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
            return await ReadAsync(reader, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"Redis on port {port} does not answer {words[0]}.");
        }
    }

    /// <summary>True for a server that is dead, paused, loading, or that refuses the command.</summary>
    public static bool IsNoAnswer(Exception failure) =>
        failure is SocketException or IOException or TimeoutException or RedisRefusedException;

    private static byte[] Encode(string[] words)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (var word in words)
        {
            text.Append(CultureInfo.InvariantCulture, $"${Encoding.Latin1.GetByteCount(word)}\r\n{word}\r\n");
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private static async Task<object?> ReadAsync(StreamReader reader, CancellationToken cancellation)
    {
        var line = await reader.ReadLineAsync(cancellation) ?? throw new EndOfStreamException("Redis closed the connection.");
        return line[0] switch
        {
            '+' => line[1..],
            '-' => throw new RedisRefusedException(line[1..]),
            ':' => long.Parse(line.AsSpan(1), CultureInfo.InvariantCulture),
            '$' => await ReadTextAsync(reader, int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture), cancellation),
            '*' => await ReadListAsync(reader, int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture), cancellation),
            _ => throw new RedisRefusedException($"an answer of an unknown kind: {line}"),
        };
    }

    private static async Task<string?> ReadTextAsync(StreamReader reader, int length, CancellationToken cancellation)
    {
        if (length < 0)
        {
            return null;
        }

        var text = new char[length + 2];
        var count = await reader.ReadBlockAsync(text, cancellation);
        return count == text.Length ? new string(text, 0, length) : throw new EndOfStreamException("Redis closed the connection.");
    }

    private static async Task<List<object?>> ReadListAsync(StreamReader reader, int count, CancellationToken cancellation)
    {
        var list = new List<object?>();
        for (var index = 0; index < count; index++)
        {
            list.Add(await ReadAsync(reader, cancellation));
        }

        return list;
    }
}
