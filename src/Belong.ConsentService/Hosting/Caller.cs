using System.Security.Claims;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Hosting;

/// <summary>An authenticated client and what it may do. One object per caller, shared by all its calls.</summary>
public sealed class Caller : ClaimsPrincipal
{
    public const string ClaimType = "consent";

    public Caller(string name, Grant? grant, bool mayWrite, bool mayRead)
        : base(new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, name), .. ClaimsOf(mayWrite, mayRead)], "consent-key", ClaimTypes.Name, ClaimTypes.Role))
    {
        Name = name;
        Grant = grant;
    }

    public string Name { get; }

    /// <summary>What it may ask; null when nothing.</summary>
    public Grant? Grant { get; }

    private static IEnumerable<Claim> ClaimsOf(bool mayWrite, bool mayRead)
    {
        if (mayWrite)
        {
            yield return new Claim(ClaimType, "write");
        }

        if (mayRead)
        {
            yield return new Claim(ClaimType, "read");
        }
    }
}
