using Belong.ConsentService.Overload;

namespace Belong.ConsentService.Access;

/// <summary>What is known of an RPC before its call: stands at its endpoint, so that whatever is routed to it is guarded.</summary>
/// <param name="Rpc">Null for what any caller may use, such as reflection.</param>
/// <param name="Limit">What it counts for while it is under way; null for none.</param>
/// <param name="Budget">The rate of the caller that it takes from.</param>
public sealed record CallRoute(Rpc? Rpc, ConcurrencyLimit? Limit, CallBudget Budget)
{
    /// <summary>Needs a caller and nothing else.</summary>
    public static CallRoute AnyCaller { get; } = new(null, null, CallBudget.None);

    public bool IsStream => Rpc is Access.Rpc.ScreenAudience or Access.Rpc.WatchDecisions or Access.Rpc.ImportMembers;

    public RateLimit? RateOf(Caller caller) => Budget switch
    {
        CallBudget.Checks => caller.CheckRate,
        CallBudget.Registry => caller.RegistryRate,
        _ => null,
    };
}

/// <summary>Which of a caller's rates a call takes from.</summary>
public enum CallBudget
{
    None = 0,
    Checks = 1,
    Registry = 2,
}
