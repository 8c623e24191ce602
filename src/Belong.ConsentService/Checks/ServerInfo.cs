using System.Reflection;
using Belong.Consent.V1;
using Belong.ConsentService.Audience;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Checks;

/// <summary>What a caller can know beforehand: the limits of this instance and the versions that it answers by.</summary>
public sealed class ServerInfo(ConsentSettings settings, FactsStateHolder holder)
{
    private static readonly string Version = typeof(ServerInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    public GetServerInfoResponse Write() => new()
    {
        MaxBatchChecks = BatchChecker.MaxChecks,
        MaxChunkMembers = AudienceSettings.MaxChunkMembers,
        MaxMessageBytes = ConsentHost.MaxMessageBytes,
        MaxConcurrentBulkCalls = settings.Limits.MaxConcurrentBulkCalls,
        MaxConcurrentWatches = settings.Limits.MaxConcurrentWatches,
        MaxPositionAgeSeconds = settings.Audience.MaxPositionAgeSeconds,
        WatchHeartbeatMs = DecisionWatch.HeartbeatMs,
        RulesVersion = Evaluator.RulesVersion,
        RegisterVersion = holder.Current.Register.Version,
        ServerVersion = Version,
    };
}
