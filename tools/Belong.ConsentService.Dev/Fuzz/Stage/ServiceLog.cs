namespace Belong.ConsentService.Dev.Fuzz.Stage;

/// <summary>What the service has written to its console.</summary>
/// <param name="Errors">The first line of each entry at Error or Critical, with the line after it.</param>
internal sealed record ServiceLog(int Lines, IReadOnlyList<string> Errors)
{
    public static async Task<ServiceLog> ReadAsync(string file, CancellationToken cancellation)
    {
        var lines = await File.ReadAllLinesAsync(file, cancellation);
        var errors = lines.Index()
            .Where(line => line.Item.StartsWith("fail:", StringComparison.Ordinal) || line.Item.StartsWith("crit:", StringComparison.Ordinal))
            .Select(line => $"{line.Item} {(line.Index + 1 < lines.Length ? lines[line.Index + 1].Trim() : "")} {(line.Index + 2 < lines.Length ? lines[line.Index + 2].Trim() : "")}");
        return new ServiceLog(lines.Length, [.. errors]);
    }
}
