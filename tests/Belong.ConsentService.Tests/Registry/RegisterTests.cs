using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Registry;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;
using static Belong.ConsentService.Tests.Registry.RegistryHost;

namespace Belong.ConsentService.Tests.Registry;

public class RegisterTests(RegistryHost host) : IClassFixture<RegistryHost>
{
    [Fact]
    public async Task What_is_put_is_read_back_and_one_write_is_one_version()
    {
        var vendor = new Vendor
        {
            Id = "V-9",
            Name = "配送業者",
            Relations = { VendorRelation.Contractor, VendorRelation.JointUser },
            Status = VendorStatus.Active,
            Contracts = { new Contract { From = Time("2025-04-01T00:00:00Z"), PrivacyClause = true } },
            SupervisionDue = Time("2026-12-31T00:00:00.5Z"),
            Delegations = { new Delegation { Task = "発送", Purposes = { Purpose.ServiceDelivery }, Items = { DataItem.Name, DataItem.Address } } },
            Country = "US",
            ForeignBasis = ForeignBasis.EquivalentMeasures,
            RedelegationAllowed = true,
            Redelegations = { new Redelegation { ParentId = "V-8", ApprovalRef = "A-1", ApprovedTo = Time("2027-01-01T00:00:00Z") } },
        };
        var version = new PolicyVersion { Id = "p1", Change = PolicyChange.Initial, EffectiveAt = Time("2020-01-01T00:00:00Z"), Purposes = { Purpose.Survey }, AdMailRequiresOptIn = true };
        var determination = new Determination { Ref = "D-1", Indispensable = true, Beneficial = true, From = Time("2026-01-01T00:00:00Z"), By = "board" };
        var written = await PutAsync("put-1", new() { Vendor = vendor }, new() { PolicyVersion = version }, new() { Determination = determination });
        var again = await PutAsync("put-2", new RegisterChange { Determination = determination });
        var register = await host.Client.GetRegisterAsync(new GetRegisterRequest(), Desk);

        Assert.Equal(written.RegisterVersion + 1, again.RegisterVersion);
        Assert.Equal(register.Version, again.RegisterVersion);
        Assert.Contains(vendor, register.Vendors);
        Assert.Contains(version, register.PolicyVersions);
        Assert.Contains(determination, register.Determinations);
        Assert.True(FactsToken.TryParse(written.FactsVersion, out var token));
        Assert.True(token.IsRegister);
        Assert.Equal(written.RegisterVersion, token.Version);
        Assert.Equal(Rules.ForeignBasis.EquivalentMeasures, (await host.Database.ReadRegisterAsync(CancellationToken.None)).FindVendor("V-9")!.ForeignBasis);
    }

    [Fact]
    public async Task Of_policy_versions_that_start_together_the_later_recorded_is_newer()
    {
        string[] ids = ["same-c", "same-a", "same-b"];
        await PutAsync("same", [.. ids.Select(id => new RegisterChange { PolicyVersion = new() { Id = id, Change = PolicyChange.Related, EffectiveAt = Time("2030-01-01T00:00:00Z") } })]);
        await PutAsync("same-again", new RegisterChange { PolicyVersion = new() { Id = "same-c", Change = PolicyChange.Expansion, EffectiveAt = Time("2030-01-01T00:00:00Z") } });
        var register = await host.Client.GetRegisterAsync(new GetRegisterRequest(), Desk);
        Assert.Equal(ids, register.PolicyVersions.Select(version => version.Id).Where(id => id.StartsWith("same-", StringComparison.Ordinal)));
        var rules = await host.Database.ReadRegisterAsync(CancellationToken.None);
        Assert.Equal(ids, rules.PolicyVersions.Select(version => version.Id).Where(id => id.StartsWith("same-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Writes_at_once_are_all_recorded_and_a_repeated_one_once()
    {
        var before = (await host.Client.GetRegisterAsync(new GetRegisterRequest(), Desk)).Version;
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => PutAsync($"many-{i % 10}", ShapeTests.Vendor(vendor => vendor.Id = $"MANY-{i % 10}"))));
        Assert.Equal(10, answers.Count(answer => !answer.Replayed));
        Assert.Equal(before + 10, (await host.Client.GetRegisterAsync(new GetRegisterRequest(), Desk)).Version);
    }

    [Theory]
    [InlineData("A>B", null)]
    [InlineData("A>B B>C C>D", null)]
    [InlineData("A>B A>C B>D C>D", null)]
    [InlineData("A>B B>A", "changes[1].vendor.redelegations[0].parent_id is \"A\"")]
    [InlineData("A>B B>C C>A", "changes[2].vendor.redelegations[0].parent_id is \"A\"")]
    [InlineData("A>X A>B B>Y B>A", "changes[3].vendor.redelegations[1].parent_id is \"A\"")]
    public void Sub_contractors_in_a_circle_are_refused(string edges, string? sentence)
    {
        var vendors = new Dictionary<string, Vendor>(StringComparer.Ordinal);
        var changes = new List<RegisterChange>();
        foreach (var edge in edges.Split(' '))
        {
            var (child, parent) = (edge[..1], edge[2..]);
            var vendor = vendors.TryGetValue(child, out var known) ? known.Clone() : new Vendor { Id = child, Status = VendorStatus.Active };
            vendor.Redelegations.Add(new Redelegation { ParentId = parent });
            vendors[child] = vendor;
            changes.Add(new RegisterChange { Vendor = vendor });
        }

        var empty = new RegisterRecords(0, [], [], []);
        if (sentence is null)
        {
            Assert.Equal(vendors.Count, RegisterChanges.Apply(empty, changes, Now, new RegistrySettings()).Vendors.Count);
            return;
        }

        var error = Assert.Throws<RpcException>(() => RegisterChanges.Apply(empty, changes, Now, new RegistrySettings()));
        Assert.Contains(sentence, error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_circle_may_be_as_long_as_the_register()
    {
        RegisterChange[] chain = [.. Enumerable.Range(0, 10_000).Select(i => ShapeTests.Vendor(vendor =>
        {
            vendor.Id = $"{i}";
            vendor.Redelegations.Add(new Redelegation { ParentId = $"{i + 1}" });
        }))];
        var records = new RegisterRecords(0, [.. chain.Select(change => RegisterMessages.ToRecord(change.Vendor))], [], []);
        RegisterChange last = ShapeTests.Vendor(vendor => { vendor.Id = "9999"; vendor.Redelegations.Add(new Redelegation { ParentId = "0" }); });
        Assert.Throws<RpcException>(() => RegisterChanges.Apply(records, [last], Now, new RegistrySettings()));
    }

    [Fact]
    public void A_policy_version_in_effect_keeps_what_it_says_and_may_be_notified()
    {
        var inEffect = new PolicyVersion { Id = "v1", Change = PolicyChange.Initial, EffectiveAt = Time("2026-04-01T00:00:00Z"), Purposes = { Purpose.Survey } };
        var records = new RegisterRecords(0, [], [RegisterMessages.ToRecord(inEffect)], []);
        foreach (var (field, alter) in new (string, Action<PolicyVersion>)[]
        {
            ("effective_at", version => version.EffectiveAt = null!),
            ("purposes", version => version.Purposes.Add(Purpose.Analysis)),
            ("change", version => version.Change = PolicyChange.Related),
        })
        {
            var altered = inEffect.Clone();
            alter(altered);
            var error = Assert.Throws<RpcException>(() => RegisterChanges.Apply(records, [new() { PolicyVersion = altered }], Now, new RegistrySettings()));
            Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
            Assert.Contains($"changes[0].policy_version.{field}", error.Status.Detail, StringComparison.Ordinal);
            var before = Now.Plus(TimeSpan.FromSeconds(-1));
            Assert.Single(RegisterChanges.Apply(records, [new() { PolicyVersion = altered }], before, new RegistrySettings()).PolicyVersions);
        }

        var notified = inEffect.Clone();
        notified.NotifiedAt = Time("2026-04-02T00:00:00Z");
        Assert.Single(RegisterChanges.Apply(records, [new() { PolicyVersion = notified }], Now, new RegistrySettings()).PolicyVersions);
    }

    [Fact]
    public void A_register_that_is_full_takes_no_more()
    {
        var settings = new RegistrySettings { MaxVendors = 1, MaxPolicyVersions = 0, MaxDeterminations = 0 };
        var empty = new RegisterRecords(0, [], [], []);
        RegisterChange[] two = [ShapeTests.Vendor(vendor => vendor.Id = "A"), ShapeTests.Vendor(vendor => vendor.Id = "B")];
        RegisterChange[][] writes = [two, [new() { PolicyVersion = new() { Id = "v" } }], [new() { Determination = new() { Ref = "D" } }]];
        foreach (var write in writes)
        {
            Assert.Equal(StatusCode.ResourceExhausted, Assert.Throws<RpcException>(() => RegisterChanges.Apply(empty, write, Now, settings)).StatusCode);
        }
    }

    private Task<RecordRegisterResponse> PutAsync(string key, params RegisterChange[] changes) =>
        host.Client.RecordRegisterAsync(new RecordRegisterRequest { Context = Context(key), Changes = { changes } }, Desk).ResponseAsync;
}
