using System.Globalization;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using Grpc.Core;
using Case = Belong.Consent.V1.RegisterChange.ChangeOneofCase;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>
/// The register as a write leaves it, and what of it the write puts. Pure: throws a refusal when the
/// register does not admit the changes.
/// </summary>
internal sealed class RegisterChanges
{
    private readonly Dictionary<string, Vendor> _vendors;
    private readonly Dictionary<string, PolicyVersion> _policyVersions;
    private readonly Dictionary<string, Determination> _determinations;

    private RegisterChanges(RegisterRecords register)
    {
        _vendors = register.Vendors.ToDictionary(vendor => vendor.Id, StringComparer.Ordinal);
        _policyVersions = register.PolicyVersions.ToDictionary(version => version.Id, StringComparer.Ordinal);
        _determinations = register.Determinations.ToDictionary(determination => determination.Ref, StringComparer.Ordinal);
    }

    /// <summary>In the order of the write; the last one put under an id.</summary>
    public Dictionary<string, Vendor> Vendors { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, PolicyVersion> PolicyVersions { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Determination> Determinations { get; } = new(StringComparer.Ordinal);

    /// <param name="register">The register before.</param>
    /// <param name="changes">Of a form that <see cref="RegisterChangeShape"/> passed.</param>
    public static RegisterChanges Apply(RegisterRecords register, IList<V1.RegisterChange> changes, Instant recordedAt, RegistrySettings settings)
    {
        var after = new RegisterChanges(register);
        for (var i = 0; i < changes.Count; i++)
        {
            after.Apply(changes[i], WriteShape.Position(i), recordedAt);
        }

        RequireAtMost(after._vendors.Count, settings.MaxVendors, "vendors");
        RequireAtMost(after._policyVersions.Count, settings.MaxPolicyVersions, "policy versions");
        RequireAtMost(after._determinations.Count, settings.MaxDeterminations, "determinations");
        after.RequireNoCircle(changes);
        return after;
    }

    private void Apply(V1.RegisterChange change, string at, Instant recordedAt)
    {
        switch (change.ChangeCase)
        {
            case Case.Vendor:
                var vendor = RegisterMessages.ToRecord(change.Vendor);
                _vendors[vendor.Id] = Vendors[vendor.Id] = vendor;
                break;
            case Case.PolicyVersion:
                var version = RegisterMessages.ToRecord(change.PolicyVersion);
                RequireBindingKept(version, at, recordedAt);
                _policyVersions[version.Id] = PolicyVersions[version.Id] = version;
                break;
            default:
                var determination = RegisterMessages.ToRecord(change.Determination);
                _determinations[determination.Ref] = Determinations[determination.Ref] = determination;
                break;
        }
    }

    /// <summary>Members were bound by a version that is in effect: what it says stands.</summary>
    private void RequireBindingKept(PolicyVersion version, string at, Instant recordedAt)
    {
        if (!_policyVersions.TryGetValue(version.Id, out var before) || before.EffectiveAt is not { } effective || effective > recordedAt)
        {
            return;
        }

        var field = version.EffectiveAt != before.EffectiveAt ? "effective_at"
            : version.Purposes != before.Purposes ? "purposes"
            : version.Change != before.Change ? "change"
            : null;
        if (field is not null)
        {
            throw Refusal.Of(StatusCode.FailedPrecondition, "POLICY_VERSION_IN_EFFECT",
                $"{at}.policy_version.{field} differs from what is on record: version {Require.Show(version.Id)} is in effect since {effective}, and keeps its start, purposes and change");
        }
    }

    private static void RequireAtMost(int count, int max, string noun)
    {
        if (count > max)
        {
            throw Refusal.Of(StatusCode.ResourceExhausted, "REGISTER_FULL",
                string.Create(CultureInfo.InvariantCulture, $"The register would hold {count} {noun}, and {max} are allowed"));
        }
    }

    private void RequireNoCircle(IList<V1.RegisterChange> changes)
    {
        if (RedelegationCircle.Find(_vendors, Vendors.Keys) is not { } circle)
        {
            return;
        }

        // The register had no circle before, so that one of the vendors put closes it.
        for (var i = changes.Count - 1; i >= 0; i--)
        {
            var at = changes[i].ChangeCase == Case.Vendor ? circle.IndexOf(changes[i].Vendor.Id) : -1;
            if (at < 0)
            {
                continue;
            }

            var parent = circle[(at + 1) % circle.Count];
            var j = Math.Max(0, changes[i].Vendor.Redelegations.ToList().FindIndex(redelegation => redelegation.ParentId == parent));
            throw Require.Refuse(WriteShape.Position(i), $"vendor.redelegations[{j}].parent_id", Require.Show(parent),
                $"sub-contractors must not form a circle, as {string.Join(", ", circle.Take(10).Append(circle[0]).Select(Require.Show))} would");
        }
    }
}
