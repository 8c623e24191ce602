using System.Collections.Concurrent;
using Belong.ConsentService.Dev.Fuzz.Wire;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>The headers of a proper gRPC call.</summary>
internal static class CallHeaders
{
    private static readonly ConcurrentDictionary<(string Path, string? Authorization, string Timeout), byte[]> Blocks = [];

    public static byte[] BlockOf(string path, string? authorization, string timeout) =>
        Blocks.GetOrAdd((path, authorization, timeout), key => HeaderBlock.Write(Of(key.Path, key.Authorization, key.Timeout)));

    public static List<(string Name, string Value)> Of(string path, string? authorization, string? timeout = null)
    {
        var headers = new List<(string, string)>
        {
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost"), ("content-type", "application/grpc"), ("te", "trailers"),
        };
        if (authorization is not null)
        {
            headers.Add(("authorization", authorization));
        }

        if (timeout is not null)
        {
            headers.Add(("grpc-timeout", timeout));
        }

        return headers;
    }
}
