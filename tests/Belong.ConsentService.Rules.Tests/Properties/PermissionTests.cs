using Belong.ConsentService.Rules.Tests.Generators;
using Belong.ConsentService.Rules.Tests.Model;
using CsCheck;

namespace Belong.ConsentService.Rules.Tests.Properties;

public sealed class PermissionTests
{
    [Fact]
    public void Without_the_permissive_fact_that_decided_nothing_is_allowed() =>
        Worlds.Live.Where(world => world.Member is not null).Sample(
            world =>
            {
                var decision = Worlds.Decide(world);
                if (decision.Outcome is not (Outcome.Allow or Outcome.AllowPartial))
                {
                    return;
                }

                foreach (var (name, without) in Removals(world, decision))
                {
                    var outcome = Worlds.Decide(without).Outcome;
                    Assert.True(outcome is Outcome.Deny or Outcome.None, $"without {name} it is still {outcome}");
                }
            },
            iter: 100_000,
            print: Worlds.Print);

    private static IEnumerable<(string Name, World World)> Removals(World world, Decision decision)
    {
        var (request, member) = (world.Request, world.Member!);
        yield return ("a grant", world with { Grant = null });
        yield return ("readable facts", world with { IsReadable = false });
        yield return ("fresh facts", world with { Age = TimeSpan.FromHours(1) });
        yield return ("a policy", world with { PolicyVersions = [] });
        foreach (var removal in request.Kind switch
        {
            Kind.Anonymized => [("a certificate", world with { Request = request with { Dataset = null } })],
            Kind.ThirdParty when request.ExceptionClaim is not null => OfException(world),
            Kind.ThirdParty => OfThirdParty(world),
            Kind.Contractor => OfPurposes(world, decision).Concat(OfContractor(world, decision)),
            _ => OfPurposes(world, decision),
        })
        {
            yield return removal;
        }

        if (request.Kind != Kind.Anonymized)
        {
            yield return ("a member", world with { Member = null });
        }
    }

    private static IEnumerable<(string Name, World World)> OfException(World world)
    {
        var claim = world.Request.ExceptionClaim!;
        yield return ("an approver", With(world, claim with { ApproverId = "" }));
        yield return ("an item of §4", With(world, claim with { Item = 7 }));
        if (claim.Item == 5)
        {
            yield return ("a law or approval", With(world, claim with { Compulsory = false, PrivacyApprovalRef = null }));
        }

        static World With(World world, ExceptionClaim claim) => world with { Request = world.Request with { ExceptionClaim = claim } };
    }

    /// <summary>All consents to the recipient: an older one would decide in the place of the latest.</summary>
    private static IEnumerable<(string Name, World World)> OfThirdParty(World world)
    {
        yield return ("a consent", WithoutConsents(world));
        yield return ("a vendor", world with { Vendors = [] });
    }

    private static IEnumerable<(string Name, World World)> OfPurposes(World world, Decision decision)
    {
        var (request, member) = (world.Request, world.Member!);
        yield return ("an acquired version", world with { Member = member with { AcquiredPolicyVersion = null } });
        if (decision.Obligations.Contains(Obligation.LimitToResidualObligation))
        {
            yield return ("an obligation", world with { Member = member with { Obligations = [] } });
        }

        if (decision.Obligations.Contains(Obligation.KeepAdOptInEvidence))
        {
            yield return ("an opt-in", world with { Member = member with { AdMailOptIns = [] } });
            yield return ("evidence", world with { Member = member with { AdMailOptIns = [.. member.AdMailOptIns.Select(optIn => optIn with { EvidenceRef = "" })] } });
        }

        if (request.Purposes.Contains(Purpose.ServiceImprovement))
        {
            yield return ("a determination", world with { Determinations = [] });
        }

        if (request.Purposes.Contains(Purpose.InquiryResponse))
        {
            yield return ("an inquiry", world with { Request = request with { InquiryRef = null, ObligationRef = null } });
        }
    }

    private static IEnumerable<(string Name, World World)> OfContractor(World world, Decision decision)
    {
        yield return ("a contract", Changed(world, vendor => vendor with { Contracts = [] }));
        yield return ("a privacy clause", Changed(world, vendor => vendor with
        {
            Contracts = [.. vendor.Contracts.Select(contract => contract with { PrivacyClause = false })],
        }));
        yield return ("supervision", Changed(world, vendor => vendor with { SupervisionDue = null }));
        yield return ("a delegation", Changed(world, vendor => vendor with { Delegations = [] }));
        yield return ("a capacity", Changed(world, vendor => vendor with { Relations = VendorRelations.JointUser }));
        if (world.Vendors.Single(vendor => vendor.Id == world.Request.RecipientId).Redelegations.Length > 0)
        {
            yield return ("an approval", Changed(world, vendor => vendor with
            {
                Redelegations = [.. vendor.Redelegations.Select(redelegation => redelegation with { ApprovalRef = null })],
            }));
        }

        if (decision.Obligations.Contains(Obligation.RecordProvision))
        {
            yield return ("an informed consent", WithoutConsents(world));
        }

        if (decision.Obligations.Contains(Obligation.ConfirmForeignMeasures))
        {
            yield return ("measures", Changed(WithoutConsents(world), vendor => vendor with { EquivalenceDue = null }));
        }
    }

    private static World Changed(World world, Func<Vendor, Vendor> change) => world with
    {
        Vendors = [.. world.Vendors.Select(vendor => vendor.Id == world.Request.RecipientId ? change(vendor) : vendor)],
    };

    private static World WithoutConsents(World world) => world with
    {
        Member = world.Member! with { Consents = [.. world.Member.Consents.Where(consent => consent.RecipientId != world.Request.RecipientId)] },
    };
}
