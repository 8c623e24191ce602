using Belong.ConsentService.Cache;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Tests.Cache;

internal static class Fills
{
    /// <summary>As after a miss.</summary>
    public static async Task<bool> FillAsync(this FactsCache cache, string generation, string id, MemberFacts? facts) =>
        await cache.ReserveAsync(generation, id, null, default) is { } reservation && await cache.FillAsync(reservation, facts, default);
}
