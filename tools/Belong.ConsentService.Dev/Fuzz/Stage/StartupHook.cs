using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;

/// <summary>
/// Loaded by the runtime into the service under attack (DOTNET_STARTUP_HOOKS), and nowhere else: whoever connects to its
/// socket is told what the managed heap holds once all that can be is collected.
/// </summary>
[SuppressMessage("Design", "CA1050:Declare types in namespaces", Justification = "The runtime looks for this name.")]
internal static class StartupHook
{
    /// <summary>Names the file of the socket.</summary>
    public const string SocketVariable = "CONSENT_FUZZ_HEAP_SOCKET";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(SocketVariable) is not { Length: > 0 } path)
        {
            return;
        }

        // Of an attempt to start before this one.
        File.Delete(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        new Thread(() => Serve(socket)) { IsBackground = true, Name = "heap" }.Start();
    }

    private static void Serve(Socket socket)
    {
        while (true)
        {
            using var asking = socket.Accept();
            var bytes = Collect();
            asking.Send(System.Text.Encoding.ASCII.GetBytes(bytes.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static long Collect()
    {
        for (var round = 0; round < 3; round++)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: false);
    }
}
