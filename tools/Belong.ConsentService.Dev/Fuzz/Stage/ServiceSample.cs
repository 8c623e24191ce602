using System.Globalization;
using System.Net;

namespace Belong.ConsentService.Dev.Fuzz.Stage;

/// <summary>What the service has taken up at some moment.</summary>
/// <param name="HeapBytes">Of the managed heap, once all that can be is collected.</param>
/// <param name="Connections">To both ports, but for those that are being closed.</param>
internal sealed record ServiceSample(long HeapBytes, long ResidentBytes, int Threads, int Handles, int Connections, double InFlight)
{
    private const int Listening = 0x0A;
    private const int TimeWait = 0x06;

    public static async Task<ServiceSample> TakeAsync(FuzzStage stage, CancellationToken cancellation)
    {
        var inFlight = await ReadInFlightAsync(stage, cancellation);
        // Twice: what the first collection frees the second one gives back.
        await stage.Heap.ReadBytesAsync(cancellation);
        var heap = await stage.Heap.ReadBytesAsync(cancellation);
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{stage.Service.ProcessId}");
        return new ServiceSample(
            heap, stage.Service.ReadResidentBytes(), Directory.GetDirectories(Path.Combine(folder, "task")).Length,
            Directory.GetFileSystemEntries(Path.Combine(folder, "fd")).Length, CountConnections(stage.Grpc, stage.Metrics), inFlight);
    }

    /// <summary>Of all limits together.</summary>
    public static async Task<double> ReadInFlightAsync(FuzzStage stage, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri(stage.Service.MetricsAddress, "/metrics"), cancellation);
        return page.Split('\n').Where(line => line.StartsWith("consent_in_flight{", StringComparison.Ordinal) && !line.Contains("connections", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>As the kernel counts them on the side of the service.</summary>
    public static int CountConnections(params IPEndPoint[] ports) => File.ReadLines("/proc/net/tcp").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Count(fields => int.Parse(fields[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture) is not (Listening or TimeWait)
            && ports.Any(port => port.Port == int.Parse(fields[1].AsSpan(fields[1].IndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
}
