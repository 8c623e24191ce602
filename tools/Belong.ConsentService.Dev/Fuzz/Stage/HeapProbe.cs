using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Belong.ConsentService.Dev.Fuzz.Stage;

/// <summary>Asks the service under attack what is left on its managed heap.</summary>
internal sealed class HeapProbe : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("consent-fuzz-").FullName;

    private string SocketFile => Path.Combine(_folder, "heap");

    /// <summary>For the processes that are started from now on.</summary>
    public void Arm()
    {
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", typeof(HeapProbe).Assembly.Location);
        Environment.SetEnvironmentVariable(StartupHook.SocketVariable, SocketFile);
    }

    public static void Disarm()
    {
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", null);
        Environment.SetEnvironmentVariable(StartupHook.SocketVariable, null);
    }

    public async Task<long> ReadBytesAsync(CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketFile), cancellation);
        var answer = new byte[64];
        var length = 0;
        while (await socket.ReceiveAsync(answer.AsMemory(length), cancellation) is > 0 and var count)
        {
            length += count;
        }

        return long.Parse(Encoding.ASCII.GetString(answer, 0, length), CultureInfo.InvariantCulture);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
