namespace Belong.ConsentService.Cache;

/// <summary>The primaries that the connection uses, as they called themselves when asked.</summary>
/// <param name="Identity">Changes when one of them restarts, or when another or an older copy takes its place.</param>
/// <param name="Breaks">It is still they who answer while <see cref="FactsCache.Breaks"/> is this.</param>
public sealed record CacheServers(string Identity, long Breaks);
