using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Hosting;

/// <summary>What of the ACTIVE vendors ends next, and what has ended: then checks of them are denied.</summary>
/// <param name="Earliest">When the first of those in force ends without another in its place; null when none does.</param>
/// <param name="ExpiredCount">Vendors for which it has ended.</param>
internal readonly record struct RegisterExpiry(Instant? Earliest, int ExpiredCount)
{
    public static IEnumerable<(string What, RegisterExpiry Expiry)> Of(Register register, Instant now)
    {
        RegisterExpiry contract = default, supervision = default, approval = default, equivalence = default;
        foreach (var vendor in register.Vendors)
        {
            if (vendor.Status != VendorStatus.Active)
            {
                continue;
            }

            if (vendor.Relations.HasFlag(VendorRelations.Contractor))
            {
                contract = contract.WithPeriods(vendor.Contracts.Select(one => (one.From, one.To)), now);
                supervision = supervision.WithDue(vendor.SupervisionDue, now);
                approval = approval.WithPeriods(
                    vendor.Redelegations.Where(one => !string.IsNullOrWhiteSpace(one.ApprovalRef)).Select(one => (one.ApprovedFrom, one.ApprovedTo)), now);
            }

            if (vendor.ForeignBasis == ForeignBasis.EquivalentMeasures)
            {
                equivalence = equivalence.WithDue(vendor.EquivalenceDue, now);
            }
        }

        return [("contract", contract), ("supervision", supervision), ("approval", approval), ("equivalence", equivalence)];
    }

    /// <summary>A due date, inclusive: null is overdue.</summary>
    private RegisterExpiry WithDue(Instant? due, Instant now) => due is { } at && at >= now ? WithEnd(at) : this with { ExpiredCount = ExpiredCount + 1 };

    /// <summary>Periods with inclusive ends, one of which may follow the other; a start of null never begins, an end of null is open.</summary>
    private RegisterExpiry WithPeriods(IEnumerable<(Instant? From, Instant? To)> all, Instant now)
    {
        var periods = all.Where(period => period.From is not null).OrderBy(period => period.From!.Value).ToList();
        Instant? covered = null;
        foreach (var (from, to) in periods)
        {
            // The next may begin at the end of the one before, or in the nanosecond after it.
            if (from > now && (covered is null || from > covered.Value.Plus(TimeSpan.FromTicks(1))))
            {
                break;
            }

            if (to is null)
            {
                return this;
            }

            if (to >= now && (covered is null || to > covered))
            {
                covered = to;
            }
        }

        if (covered is { } end)
        {
            return WithEnd(end);
        }

        return periods.Exists(period => period.To < now) ? this with { ExpiredCount = ExpiredCount + 1 } : this;
    }

    private RegisterExpiry WithEnd(Instant end) => Earliest is { } earliest && earliest <= end ? this : this with { Earliest = end };
}
