namespace Belong.ConsentService.Rules;

/// <summary>
/// What a request can read from the register: all policy versions, the determination that it names, and its recipient with
/// all whom that one works for. Where this is the same, so is the answer.
/// </summary>
public sealed class RegisterReach
{
    private readonly Instant[] _instants;

    private RegisterReach(ulong print, Instant[] instants)
    {
        Print = print;
        _instants = instants;
    }

    /// <summary>A fingerprint of its content and of the rules, the same in every process; never 0.</summary>
    public ulong Print { get; }

    public static RegisterReach Of(CheckRequest request, Register register)
    {
        var content = new Content();
        content.Add(Evaluator.RulesVersion);
        content.Add(register.PolicyVersions.Length);
        foreach (var version in register.PolicyVersions)
        {
            Add(content, version);
        }

        Add(content, request.DeterminationRef is { Length: > 0 } reference ? register.FindDetermination(reference) : null);
        if (request.Kind is Kind.Contractor or Kind.ThirdParty && request is { ExceptionClaim: null, RecipientId: { } recipient })
        {
            AddRecipient(content, recipient, register, withParents: request.Kind == Kind.Contractor);
        }

        return new RegisterReach(content.Print, content.TakeInstants());
    }

    /// <summary>
    /// True when something in it begins or ends from <paramref name="from"/> to before <paramref name="to"/>. If not,
    /// answers to the same facts are the same all that time.
    /// </summary>
    public bool HasInstant(Instant from, Instant to)
    {
        var first = Array.BinarySearch(_instants, from);
        first = first < 0 ? ~first : first;
        return first < _instants.Length && _instants[first] < to;
    }

    private static void Add(Content content, PolicyVersion version)
    {
        content.Add(version.Id);
        content.Add(version.EffectiveAt);
        content.Add(version.NotifiedAt);
        content.Add((byte)version.Change);
        content.Add(version.Purposes.Bits);
        content.Add(version.AdMailRequiresOptIn);
    }

    private static void Add(Content content, Determination? determination)
    {
        content.Add(determination is not null);
        if (determination is not null)
        {
            content.Add(determination.Indispensable);
            content.Add(determination.Beneficial);
            content.Add(determination.From);
            content.Add(determination.To);
        }
    }

    /// <summary>Each vendor once: parents may go round in a circle.</summary>
    private static void AddRecipient(Content content, string recipient, Register register, bool withParents)
    {
        var known = new HashSet<string>(StringComparer.Ordinal) { recipient };
        var next = new Queue<string>([recipient]);
        while (next.TryDequeue(out var id))
        {
            var vendor = register.FindVendor(id);
            content.Add(id);
            content.Add(vendor is not null);
            if (vendor is null)
            {
                continue;
            }

            Add(content, vendor);
            foreach (var redelegation in withParents ? vendor.Redelegations : [])
            {
                if (known.Add(redelegation.ParentId))
                {
                    next.Enqueue(redelegation.ParentId);
                }
            }
        }
    }

    /// <summary>Without what no rule reads, such as the name.</summary>
    private static void Add(Content content, Vendor vendor)
    {
        content.Add((byte)vendor.Relations);
        content.Add((byte)vendor.Status);
        content.Add(vendor.SupervisionDue);
        content.Add(vendor.Country);
        content.Add((byte)vendor.ForeignBasis);
        content.Add(vendor.EquivalenceDue);
        content.Add(vendor.RedelegationAllowed);
        content.Add(vendor.Contracts.Length);
        foreach (var contract in vendor.Contracts)
        {
            content.Add(contract.From);
            content.Add(contract.To);
            content.Add(contract.PrivacyClause);
        }

        content.Add(vendor.Delegations.Length);
        foreach (var delegation in vendor.Delegations)
        {
            content.Add(delegation.Purposes.Bits);
            content.Add(delegation.Items.Bits);
        }

        content.Add(vendor.Redelegations.Length);
        foreach (var redelegation in vendor.Redelegations)
        {
            content.Add(redelegation.ParentId);
            content.Add(redelegation.ApprovalRef);
            content.Add(redelegation.ApprovedFrom);
            content.Add(redelegation.ApprovedTo);
        }
    }

    /// <summary>Hashes values one after the other (FNV-1a, 64 bits), each in a form that shows where it ends.</summary>
    private sealed class Content
    {
        private readonly List<Instant> _instants = [];
        private ulong _hash = 14695981039346656037;

        public ulong Print => _hash == 0 ? 1 : _hash;

        public Instant[] TakeInstants()
        {
            _instants.Sort();
            return [.. _instants];
        }

        public void Add(long number)
        {
            for (var shift = 0; shift < 64; shift += 8)
            {
                _hash = (_hash ^ (byte)(number >> shift)) * 1099511628211;
            }
        }

        public void Add(bool flag) => Add(flag ? 1 : 0);

        public void Add(string? text)
        {
            Add(text?.Length ?? -1);
            foreach (var character in text ?? "")
            {
                Add((long)character);
            }
        }

        public void Add(Instant? instant)
        {
            Add(instant is not null);
            if (instant is { } at)
            {
                Add(at.UnixNanoseconds);
                _instants.Add(at);
            }
        }
    }
}
