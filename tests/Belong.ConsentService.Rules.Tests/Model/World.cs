namespace Belong.ConsentService.Rules.Tests.Model;

/// <summary>All that a decision may depend on.</summary>
internal sealed record World(
    CheckRequest Request,
    Grant? Grant,
    Instant Clock,
    bool IsReadable,
    TimeSpan Age,
    MemberFacts? Member,
    IReadOnlyList<Vendor> Vendors,
    IReadOnlyList<PolicyVersion> PolicyVersions,
    IReadOnlyList<Determination> Determinations)
{
    private Register? _register;
    private (object, object, object) _registeredFrom;

    /// <summary>Built once for the same lists, as it is costly; a copy with other lists builds its own.</summary>
    public Register Register
    {
        get
        {
            var from = ((object)Vendors, (object)PolicyVersions, (object)Determinations);
            if (_register is null || _registeredFrom != from)
            {
                (_register, _registeredFrom) = (new(1, [.. Vendors], [.. PolicyVersions], [.. Determinations]), from);
            }

            return _register;
        }
    }
}

/// <summary>What the model decides, in lists.</summary>
internal sealed record ModelDecision
{
    public required Outcome Outcome { get; init; }

    public required List<Reason> Reasons { get; init; }

    public SortedDictionary<int, List<Reason>> PerPurpose { get; init; } = [];

    public List<Item> Permitted { get; init; } = [];

    public Dictionary<Item, Reason> Withheld { get; init; } = [];

    public List<Obligation> Obligations { get; init; } = [];

    public override string ToString() => string.Join('\n',
        $"outcome {Outcome}",
        $"reasons {string.Join(", ", Reasons)}",
        $"per purpose {string.Join("; ", PerPurpose.Select(entry => $"{entry.Key}: {string.Join(", ", entry.Value)}"))}",
        $"permitted {string.Join(", ", Permitted)}",
        $"withheld {string.Join(", ", Withheld.OrderBy(entry => entry.Key).Select(entry => $"{entry.Key}: {entry.Value}"))}",
        $"obligations {string.Join(", ", Obligations)}");
}
