using System.Collections.Frozen;
using Belong.Consent.V1;

namespace Belong.ConsentService.Client;

/// <summary>All that was asked for may be, for a while, together with the obligations that come with it.</summary>
public sealed class Allowed : ConsentAnswer
{
    private readonly Terms _terms;
    private readonly Permitted _given;

    internal Allowed(string memberId, FrozenSet<DataItem> items, Decision decision, Terms terms)
        : base(decision) =>
        (_terms, _given) = (terms, new Permitted(memberId, items));

    /// <summary>What must be done along with it.</summary>
    public IReadOnlyList<Obligation> Obligations => _terms.Obligations;

    /// <summary>How long it may still be used; zero once it may not.</summary>
    public TimeSpan Remaining => _terms.Remaining;

    /// <summary>Uses the permission, at the moment of acting. A use may be repeated while it is valid.</summary>
    /// <param name="honoured">Each obligation that the program does meet.</param>
    /// <exception cref="ObligationNotHonouredException">It comes with another one, maybe of a newer server.</exception>
    /// <exception cref="PermissionExpiredException">It was held for too long.</exception>
    public Permitted Exercise(params ReadOnlySpan<Obligation> honoured)
    {
        _terms.Require(honoured);
        return _given;
    }
}

/// <summary>Only some of what was asked for may go: never a yes to the whole.</summary>
public sealed class PartlyAllowed : ConsentAnswer
{
    private readonly Terms _terms;
    private readonly PermittedPart _given;

    internal PartlyAllowed(string memberId, FrozenSet<DataItem> items, FrozenDictionary<DataItem, ReasonCode> withheld, Decision decision, Terms terms)
        : base(decision) =>
        (_terms, _given, Withheld) = (terms, new PermittedPart(memberId, items), withheld);

    /// <summary>What may not go, and why.</summary>
    public IReadOnlyDictionary<DataItem, ReasonCode> Withheld { get; }

    /// <inheritdoc cref="Allowed.Obligations"/>
    public IReadOnlyList<Obligation> Obligations => _terms.Obligations;

    /// <inheritdoc cref="Allowed.Remaining"/>
    public TimeSpan Remaining => _terms.Remaining;

    /// <inheritdoc cref="Allowed.Exercise"/>
    public PermittedPart Exercise(params ReadOnlySpan<Obligation> honoured)
    {
        _terms.Require(honoured);
        return _given;
    }
}

/// <summary>What a used permission allows. Let what sends ask for this: nothing but a permission makes one.</summary>
public sealed class Permitted
{
    internal Permitted(string memberId, FrozenSet<DataItem> items) => (MemberId, Items) = (memberId, items);

    /// <summary>Of whom; empty for anonymised data.</summary>
    public string MemberId { get; }

    /// <summary>What may go, and nothing else. Empty for a use by Belong itself, which names no items.</summary>
    public IReadOnlySet<DataItem> Items { get; }
}

/// <summary>What a used part allows: its items, and nothing else.</summary>
public sealed class PermittedPart
{
    internal PermittedPart(string memberId, FrozenSet<DataItem> items) => (MemberId, Items) = (memberId, items);

    /// <summary>Of whom.</summary>
    public string MemberId { get; }

    /// <summary>What may go. Others that were asked for may not.</summary>
    public IReadOnlySet<DataItem> Items { get; }
}
