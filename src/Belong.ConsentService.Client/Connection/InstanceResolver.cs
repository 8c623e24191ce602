using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.Logging;

namespace Belong.ConsentService.Client.Connection;

/// <summary>
/// Tells the balancer which instances may be asked: those that the names stand for and that say by gRPC health that they
/// serve. Names are looked up again and again; while that fails, what was known counts.
/// </summary>
/// <param name="addresses">As they were set.</param>
/// <param name="open">Opens a channel for the health of an instance; null: all are asked, whatever they say.</param>
/// <param name="refresh">How often names are looked up.</param>
/// <param name="clock">Measures it.</param>
/// <param name="gate">Is closed while nobody serves.</param>
/// <param name="log">Is told who serves.</param>
internal sealed class InstanceResolver(
    IReadOnlyList<Uri> addresses, Func<Endpoint, GrpcChannel>? open, TimeSpan refresh, TimeProvider clock, ServingGate gate, ILogger log) : Resolver
{
    private static readonly TimeSpan LookupRetry = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<Endpoint, HealthWatch> _instances = [];
    private Action<ResolverResult>? _listener;
    private string _lookupFailure = "";

    public override void Start(Action<ResolverResult> listener)
    {
        _listener = listener;
        _ = LookUpAsync(_end.Token);
    }

    protected override void Dispose(bool disposing)
    {
        _end.Cancel();
        lock (_lock)
        {
            foreach (var watch in _instances.Values)
            {
                watch.Dispose();
            }

            _instances.Clear();
        }

        base.Dispose(disposing);
    }

    private async Task LookUpAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var isWhole = true;
            var found = new HashSet<Endpoint>();
            foreach (var address in addresses)
            {
                isWhole &= await TryResolveAsync(address, found, end);
            }

            if (!end.IsCancellationRequested)
            {
                Take(found, isWhole);
            }

            await Task.Delay(isWhole ? refresh : LookupRetry, clock, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryResolveAsync(Uri address, HashSet<Endpoint> found, CancellationToken end)
    {
        try
        {
            foreach (var ip in await Dns.GetHostAddressesAsync(address.IdnHost, end))
            {
                found.Add(new Endpoint(address, ip));
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            _lookupFailure = $"{address.Authority}: {e.Message}";
            return false;
        }
    }

    /// <summary>Whoever is gone from the names is asked no more; but a name that could not be looked up takes nobody away.</summary>
    private void Take(HashSet<Endpoint> found, bool isWhole)
    {
        lock (_lock)
        {
            foreach (var gone in _instances.Keys.Where(endpoint => isWhole && !found.Contains(endpoint)).ToList())
            {
                _instances.Remove(gone, out var watch);
                watch!.Dispose();
            }

            foreach (var endpoint in found.Where(endpoint => !_instances.ContainsKey(endpoint)))
            {
                _instances[endpoint] = new HealthWatch(endpoint, open, Tell, clock, log);
                _instances[endpoint].Begin();
            }

            TellLocked();
        }
    }

    private void Tell()
    {
        lock (_lock)
        {
            TellLocked();
        }
    }

    private void TellLocked()
    {
        if (_end.IsCancellationRequested)
        {
            return;
        }

        var serving = _instances.Where(instance => instance.Value.IsServing).Select(instance => instance.Key.ToBalancerAddress()).ToList();
        if (serving.Count > 0)
        {
            gate.Open();
            _listener!(ResolverResult.ForResult(serving));
        }
        else if (_instances.Values.All(watch => watch.HasAnswered))
        {
            // Before that the first calls wait to see who serves.
            var why = string.Join("; ", [.. _instances.Values.Select(watch => watch.Why), _lookupFailure]).Trim(' ', ';');
            var sentence = $"No instance of the consent service says that it serves: {why}";
            gate.Close(sentence);
            _listener!(ResolverResult.ForFailure(new Status(StatusCode.Unavailable, sentence)));
        }
    }
}

/// <summary>Makes the resolver of a channel.</summary>
internal sealed class InstanceResolverFactory(string scheme, Func<Resolver> create) : ResolverFactory
{
    public override string Name => scheme;

    public override Resolver Create(ResolverOptions options) => create();
}
