using Belong.ConsentService.Rules.Tests.Generators;

namespace Belong.ConsentService.Rules.Tests.Properties;

public sealed class AllocationTests
{
    [Fact]
    public void A_common_check_allocates_nothing()
    {
        var request = new CheckRequest
        {
            Kind = Kind.Contractor,
            MemberId = "M1",
            Purposes = PurposeSet.Of(Purpose.DirectMarketing),
            Channel = Channel.Email,
            RecipientId = "V-1",
        };
        var member = new MemberFacts
        {
            AcquiredPolicyVersion = "v1",
            DmOptOuts = [new DmOptOut(null, ChannelSet.Of(Channel.Postal), Basics.Boundary[1], null)],
            AdMailOptIns = [new AdMailOptIn(null, ChannelSet.Of(Channel.Email), Basics.Boundary[1], "EV-1", null)],
            ItemStops = [new ItemStop(ItemSet.Of(Item.Phone), null, null)],
        };
        var vendor = new Vendor
        {
            Id = "V-1",
            Relations = VendorRelations.Contractor,
            Status = VendorStatus.Active,
            Contracts = [new Contract(Basics.Boundary[0], null, true)],
            SupervisionDue = Basics.Boundary[8],
            Delegations = [new Delegation("mail", PurposeSet.Outreach, ItemSet.Of(Item.Name, Item.Email))],
            Country = "JP",
        };
        var policy = new PolicyVersion("v1", Basics.Boundary[0], Basics.Boundary[0], PolicyChange.Initial, new PurposeSet(0xFF), true);
        var facts = new FactsView(true, TimeSpan.Zero, member, new Register(1, [vendor], [policy], []));
        var grant = new Grant(0x0F, new PurposeSet(0xFF), false);

        Assert.Equal(Outcome.Allow, Decide());
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Decide();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        Outcome Decide() => Evaluator.Decide(Evaluator.Admit(request, grant, Basics.Now), facts, FreshnessBounds.Default).Outcome;
    }
}
