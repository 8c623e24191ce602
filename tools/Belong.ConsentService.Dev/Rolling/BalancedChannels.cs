using Belong.ConsentService.Client;
using Belong.ConsentService.Client.Connection;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Belong.ConsentService.Dev.Rolling;

/// <summary>Channels of the client package, without what it does on top of them: nothing is tried again, what fails has failed.</summary>
internal sealed class BalancedChannels(IReadOnlyList<Uri> addresses, Balancing balancing) : IDisposable
{
    private readonly List<ConsentChannel> _channels = [];

    public CallInvoker Open()
    {
        var options = new ConsentClientOptions
        {
            Addresses = [.. addresses.Select(address => address.OriginalString)],
            WatchHealth = balancing == Balancing.Health,
        };
        _channels.Add(new ConsentChannel(options, TimeProvider.System, NullLoggerFactory.Instance));
        return _channels[^1].CreateCallInvoker();
    }

    public void Dispose() => _channels.ForEach(channel => channel.Dispose());
}
