using System.Buffers;
using System.Text;

namespace Belong.ConsentService.Dev.Fuzz.Judging;

/// <summary>Finds in an answer what no caller is to see: names of types, stack traces, files, addresses and connection strings.</summary>
/// <param name="secrets">What else must not be told, such as the folder of the program and the parts of its connection strings.</param>
internal sealed class Leaks(IEnumerable<string> secrets)
{
    private const int ShownCharacters = 160;

    /// <summary>Requests never hold these, so that what repeats a request does not count.</summary>
    private static readonly string[] Known =
    [
        "Exception", "   at ", "System.", "Microsoft.", "Npgsql", "StackExchange", "Google.Protobuf", "Grpc.", "Kestrel", "Prometheus.",
        "Belong.ConsentService", ".cs:", ".dll", "Host=", "Password", "Username=", "127.0.0.1", "SQLSTATE", "SELECT ", "relation \"",
    ];

    /// <summary>What gRPC says of its own when it says nothing. Whether it may come at all is judged by the status.</summary>
    private const string Unsaid = "Exception was thrown by handler.";

    private readonly SearchValues<string> _words = SearchValues.Create([.. Known, .. secrets.Where(secret => secret.Length > 0)], StringComparison.Ordinal);

    /// <summary>Some of the text around what was found; null when there is nothing.</summary>
    public string? Find(ReadOnlySpan<char> text)
    {
        var at = text.IndexOfAny(_words);
        while (at >= 0 && text[at..].StartsWith(Unsaid))
        {
            text = text[(at + Unsaid.Length)..];
            at = text.IndexOfAny(_words);
        }

        if (at < 0)
        {
            return null;
        }

        var start = Math.Max(0, at - (ShownCharacters / 4));
        return text[start..Math.Min(text.Length, start + ShownCharacters)].ToString();
    }

    public string? Find(ReadOnlySpan<byte> text) => Find(Encoding.Latin1.GetString(text));
}
