using System.Globalization;
using Belong.ConsentService.Testing;
using Npgsql;

namespace Belong.ConsentService.Dev.Chaos.Stores;

/// <summary>The network between one client and servers: a connection to each, all of which can be broken at once.</summary>
internal sealed class Network(IEnumerable<int> ports) : IAsyncDisposable
{
    private readonly CuttableProxy[] _proxies = [.. ports.Select(CuttableProxy.Start)];

    public string Endpoint => _proxies[0].Endpoint;

    public void Cut() => Array.ForEach(_proxies, proxy => proxy.Cut());

    /// <summary>Keeps connections and lets nothing through.</summary>
    public void Stall() => Array.ForEach(_proxies, proxy => proxy.Stall());

    /// <summary>Each way; zero for none.</summary>
    public void Delay(TimeSpan delay) => Array.ForEach(_proxies, proxy => proxy.Delay(delay));

    public void Restore() => Array.ForEach(_proxies, proxy => proxy.Restore());

    /// <summary>The same connection string by way of it.</summary>
    public string Through(string connectionString)
    {
        var hosts = _proxies.Select(proxy => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{proxy.Port}"));
        return new NpgsqlConnectionStringBuilder(connectionString) { Host = string.Join(',', hosts) }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }
    }
}
