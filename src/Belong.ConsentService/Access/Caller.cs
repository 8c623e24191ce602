using System.Security.Claims;
using Belong.ConsentService.Overload;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Access;

/// <summary>An authenticated client and what it may do. One object per caller and version of the grants, shared by all its calls.</summary>
public sealed class Caller(string name) : ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], "consent"))
{
    public string Name { get; } = name;

    /// <summary>All that it may do, as it is written: the same in a new version of the grants when nothing changed for it.</summary>
    public string Terms { get; init; } = "";

    /// <summary>The instance itself: counted nowhere.</summary>
    public bool IsOwn { get; init; }

    /// <summary>What it may ask (rule 2); null when nothing.</summary>
    public Grant? Grant { get; init; }

    /// <summary>The RPCs that it may call.</summary>
    public RpcSet Rpcs { get; init; }

    /// <summary>The vendors that it may ask about.</summary>
    public VendorSet Vendors { get; init; } = VendorSet.None;

    /// <summary>The facts that it may record.</summary>
    public FactSet Facts { get; init; }

    /// <summary>The most checks in one CheckBatch.</summary>
    public int MaxBatchChecks { get; init; }

    /// <summary>Checks, of a batch and members of a list each counted; null without a limit of its own.</summary>
    public RateLimit? CheckRate { get; init; }

    /// <summary>Calls of ConsentRegistry; null without a limit of its own.</summary>
    public RateLimit? RegistryRate { get; init; }
}
