using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Belong.ConsentService.Dev.Fuzz.Stage;

/// <summary>What the service has written to its console.</summary>
/// <param name="Errors">Lines at Error or Critical, and those that are no entry of a log, such as a stack trace.</param>
internal sealed record ServiceLog(int Lines, IReadOnlyList<string> Errors)
{
    public static async Task<ServiceLog> ReadAsync(string file, CancellationToken cancellation) => Read(await File.ReadAllLinesAsync(file, cancellation));

    public static ServiceLog Read(string[] lines) => new(lines.Length, [.. lines.Where(IsError)]);

    private static bool IsError(string line)
    {
        try
        {
            using var entry = JsonDocument.Parse(line);
            return Enum.Parse<LogLevel>(entry.RootElement.GetProperty("LogLevel").GetString()!) >= LogLevel.Error;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            return true;
        }
    }
}
