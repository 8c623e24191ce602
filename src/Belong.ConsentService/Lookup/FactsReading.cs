using System.Runtime.CompilerServices;
using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Lookup;

/// <summary>A read of facts from the cache under way: once it has ended, <see cref="FactsLookup.TryEnd"/> says whether it answers.</summary>
/// <param name="State">What was known of the cache when it was asked.</param>
/// <param name="MemberId">Null for anonymised data.</param>
/// <param name="Bound">How old the facts may be.</param>
/// <param name="Wait">How long the cache is waited for.</param>
/// <param name="IsAsked">False when the cache cannot be asked: then it is not filled either.</param>
/// <param name="Get">What the cache was asked.</param>
public readonly record struct FactsReading(FactsState State, string? MemberId, TimeSpan Bound, TimeSpan Wait, bool IsAsked, MemberGet Get)
{
    /// <summary>Never throws, and takes no longer than <see cref="Wait"/>.</summary>
    public ConfiguredTaskAwaitable Ended => Get.Ended;
}
