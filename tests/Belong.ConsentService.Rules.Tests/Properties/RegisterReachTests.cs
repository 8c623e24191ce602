using System.Text.RegularExpressions;
using Belong.ConsentService.Rules.Tests.Generators;
using Belong.ConsentService.Rules.Tests.Model;
using CsCheck;

namespace Belong.ConsentService.Rules.Tests.Properties;

/// <summary>What of the register and of time the answers to a question rest on.</summary>
public sealed partial class RegisterReachTests
{
    private static readonly Gen<World> Asked = Worlds.Live.Where(world => world.Request.ExceptionClaim is null);

    /// <summary>Instants at, just before and just after those that facts begin and end at.</summary>
    private static readonly Gen<Instant> AnyRound = Gen.Select(Basics.AnyInstant, Gen.Long[-1, 1], (instant, shift) => new Instant(instant.UnixNanoseconds + shift));

    /// <summary>One entry of the register has one field of another such entry.</summary>
    private static readonly Gen<(string Name, Func<World, World> Apply)> OneChange = Gen.OneOf(
        OfVendor("relations", (vendor, other) => vendor with { Relations = other.Relations }),
        OfVendor("status", (vendor, other) => vendor with { Status = other.Status }),
        OfVendor("due", (vendor, other) => vendor with { SupervisionDue = other.SupervisionDue }),
        OfVendor("country", (vendor, other) => vendor with { Country = other.Country }),
        OfVendor("basis", (vendor, other) => vendor with { ForeignBasis = other.ForeignBasis }),
        OfVendor("equivalence", (vendor, other) => vendor with { EquivalenceDue = other.EquivalenceDue }),
        OfVendor("allowed", (vendor, other) => vendor with { RedelegationAllowed = other.RedelegationAllowed }),
        OfVendor("contracts", (vendor, other) => vendor with { Contracts = other.Contracts }),
        OfVendor("contract from", (vendor, other) => vendor with { Contracts = First(vendor.Contracts, other.Contracts, (own, from) => own with { From = from.From }) }),
        OfVendor("contract to", (vendor, other) => vendor with { Contracts = First(vendor.Contracts, other.Contracts, (own, from) => own with { To = from.To }) }),
        OfVendor("clause", (vendor, _) => vendor with { Contracts = First(vendor.Contracts, vendor.Contracts, (own, _) => own with { PrivacyClause = !own.PrivacyClause }) }),
        OfVendor("delegations", (vendor, other) => vendor with { Delegations = other.Delegations }),
        OfVendor("delegated purposes", (vendor, other) => vendor with { Delegations = First(vendor.Delegations, other.Delegations, (own, from) => own with { Purposes = from.Purposes }) }),
        OfVendor("delegated items", (vendor, other) => vendor with { Delegations = First(vendor.Delegations, other.Delegations, (own, from) => own with { Items = from.Items }) }),
        OfVendor("redelegations", (vendor, other) => vendor with { Redelegations = other.Redelegations }),
        OfVendor("parent", (vendor, other) => vendor with { Redelegations = First(vendor.Redelegations, other.Redelegations, (own, from) => own with { ParentId = from.ParentId }) }),
        OfVendor("approval", (vendor, _) => vendor with { Redelegations = First(vendor.Redelegations, vendor.Redelegations, (own, _) => own with { ApprovalRef = own.ApprovalRef is null ? "RA" : null }) }),
        OfVendor("approved from", (vendor, other) => vendor with { Redelegations = First(vendor.Redelegations, other.Redelegations, (own, from) => own with { ApprovedFrom = from.ApprovedFrom }) }),
        OfVendor("approved to", (vendor, other) => vendor with { Redelegations = First(vendor.Redelegations, other.Redelegations, (own, from) => own with { ApprovedTo = from.ApprovedTo }) }),
        OfPolicy("policies", (_, others) => others),
        OfPolicy("policy id", (own, others) => Last(own, others, (one, _) => one with { Id = "v9" })),
        OfPolicy("effective", (own, others) => Last(own, others, (one, other) => one with { EffectiveAt = other.EffectiveAt })),
        OfPolicy("notified", (own, others) => Last(own, others, (one, other) => one with { NotifiedAt = other.NotifiedAt })),
        OfPolicy("change", (own, others) => Last(own, others, (one, other) => one with { Change = other.Change })),
        OfPolicy("purposes", (own, others) => Last(own, others, (one, other) => one with { Purposes = other.Purposes })),
        OfPolicy("opt-in", (own, others) => Last(own, others, (one, _) => one with { AdMailRequiresOptIn = !one.AdMailRequiresOptIn })),
        OfDetermination("none", (_, _) => []),
        OfDetermination("indispensable", (own, others) => First(own, others, (one, other) => one with { Indispensable = other.Indispensable })),
        OfDetermination("beneficial", (own, others) => First(own, others, (one, other) => one with { Beneficial = other.Beneficial })),
        OfDetermination("from", (own, others) => First(own, others, (one, other) => one with { From = other.From })),
        OfDetermination("to", (own, others) => First(own, others, (one, other) => one with { To = other.To })));

    private static readonly Instant AfterAll = Basics.Now.Plus(TimeSpan.FromDays(50_000));

    [Fact]
    public void Where_the_print_is_the_same_so_is_the_answer()
    {
        var same = 0;
        var other = 0;
        Gen.Select(Asked, OneChange).Sample(
            (world, change) =>
            {
                var later = change.Apply(world);
                if (Reach(world).Print != Reach(later).Print)
                {
                    Interlocked.Increment(ref other);
                    return;
                }

                Interlocked.Increment(ref same);
                Assert.Equal(Worlds.Decide(world), Worlds.Decide(later));
            },
            iter: 100_000,
            print: input => $"{Worlds.Print(input.Item1)}\n{input.Item2.Name}");
        Assert.True(same > 10_000 && other > 10_000, $"the same {same} times, another {other} times");
    }

    [Fact]
    public void A_print_does_not_rest_on_what_no_rule_reads() =>
        Asked.Sample(
            world =>
            {
                var renamed = world with
                {
                    Vendors = [.. world.Vendors.Select(vendor => vendor with { Name = "another", Delegations = [.. vendor.Delegations.Select(delegation => delegation with { Task = "t" })] })],
                    Determinations = [.. world.Determinations.Select(determination => determination with { By = "another" })],
                };
                Assert.Equal(Reach(world).Print, Reach(renamed).Print);
            },
            iter: 1_000);

    [Fact]
    public void The_print_is_the_same_in_every_version()
    {
        var vendor = new Vendor
        {
            Id = "V-1",
            Relations = VendorRelations.Contractor,
            Status = VendorStatus.Active,
            Contracts = [new Contract(Basics.Boundary[0], null, true)],
            Delegations = [new Delegation("", PurposeSet.Of(Purpose.ServiceDelivery), ItemSet.Of(Item.Name))],
            Redelegations = [new Redelegation("V-0", "RA-1", Basics.Boundary[1], Basics.Boundary[8])],
        };
        var register = new Register(1, [vendor], [new PolicyVersion("v1", Basics.Boundary[0], null, PolicyChange.Initial, PurposeSet.Of(Purpose.ServiceDelivery), true)], []);
        var request = new CheckRequest { Kind = Kind.Contractor, MemberId = "M1", RecipientId = "V-1", Purposes = PurposeSet.Of(Purpose.ServiceDelivery) };
        Assert.Equal(17218917266633569729UL, RegisterReach.Of(request, register).Print);
    }

    [Fact]
    public void While_nothing_begins_or_ends_the_answer_stays()
    {
        var quiet = 0;
        Gen.Select(Asked, AnyRound, AnyRound).Where((_, from, to) => from < to).Sample(
            (world, from, to) =>
            {
                if (!HasInstant(world, from, to))
                {
                    Interlocked.Increment(ref quiet);
                    Assert.Equal(DecideAt(world, from), DecideAt(world, new Instant(to.UnixNanoseconds - 1)));
                }
            },
            iter: 40_000,
            print: input => $"{Worlds.Print(input.Item1)}\n{input.Item2} {input.Item3}");
        Assert.True(quiet > 5_000, $"quiet {quiet} times");
    }

    /// <summary>As a watch does: round after round it asks anew when something has begun or ended since the round before, a little after that.</summary>
    [Fact]
    public void Who_asks_anew_after_each_beginning_and_end_has_the_last_answer() =>
        Gen.Select(Asked, AnyRound.Array[1, 12], Basics.OneOf(0L, 1L, 2L, 40_000_000_000L)).Sample(
            (world, rounds, delay) =>
            {
                Array.Sort(rounds);
                var last = rounds[0];
                var answer = DecideAt(world, new Instant(last.UnixNanoseconds + delay));
                foreach (var round in rounds.Append(AfterAll))
                {
                    if (HasInstant(world, last, round))
                    {
                        answer = DecideAt(world, new Instant(round.UnixNanoseconds + delay));
                    }

                    last = round;
                }

                Assert.Equal(DecideAt(world, AfterAll), answer);
            },
            iter: 40_000,
            print: input => $"{Worlds.Print(input.Item1)}\n{string.Join(' ', input.Item2)} {input.Item3}");

    private static Gen<(string, Func<World, World>)> OfVendor(string name, Func<Vendor, Vendor, Vendor> change) =>
        Gen.Select(Basics.OneOf(Vendors.Ids), Vendors.All).Where(input => input.Item2.Count > 0).Select((id, others) => ("vendor " + name, (Func<World, World>)(world => world with
        {
            Vendors = [.. world.Vendors.Select(vendor => vendor.Id == id ? change(vendor, others[0]) : vendor)],
        })));

    private static Gen<(string, Func<World, World>)> OfPolicy(string name, Func<IReadOnlyList<PolicyVersion>, IReadOnlyList<PolicyVersion>, IReadOnlyList<PolicyVersion>> change) =>
        Policies.Versions.Select(others => (name, (Func<World, World>)(world => world with { PolicyVersions = change(world.PolicyVersions, others) })));

    private static Gen<(string, Func<World, World>)> OfDetermination(string name, Func<IReadOnlyList<Determination>, IReadOnlyList<Determination>, IReadOnlyList<Determination>> change) =>
        Policies.Determinations.Select(others => ("determination " + name, (Func<World, World>)(world => world with { Determinations = change(world.Determinations, others) })));

    /// <summary>With the first of its own changed after the first of the others, where there are both.</summary>
    private static T[] First<T>(IReadOnlyList<T> own, IReadOnlyList<T> others, Func<T, T, T> change) =>
        own.Count == 0 || others.Count == 0 ? [.. own] : [change(own[0], others[0]), .. own.Skip(1)];

    private static T[] Last<T>(IReadOnlyList<T> own, IReadOnlyList<T> others, Func<T, T, T> change) =>
        own.Count == 0 || others.Count == 0 ? [.. own] : [.. own.SkipLast(1), change(own[^1], others[0])];

    private static RegisterReach Reach(World world) => RegisterReach.Of(world.Request, world.Register);

    private static Decision DecideAt(World world, Instant instant) =>
        Worlds.Decide(world with { Clock = instant }) with { EvaluatedAt = default, ValidUntil = default };

    private static bool HasInstant(World world, Instant from, Instant to) =>
        Reach(world).HasInstant(from, to) || (world.Member is not null && InstantsOf(world).Any(instant => instant >= from && instant < to));

    /// <summary>As the database finds them: whatever has the form of one.</summary>
    private static IEnumerable<Instant> InstantsOf(World world) => InstantForm()
        .Matches(Worlds.Print(world with { Vendors = [], PolicyVersions = [], Determinations = [], Clock = default }))
        .Select(match => Instant.Parse(match.Value));

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")]
    private static partial Regex InstantForm();
}
