using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;
using Channel = Belong.Consent.V1.Channel;

namespace Belong.ConsentService.Tests.Checks;

/// <summary>What an answer carries besides its outcome.</summary>
public sealed class AnswerTests(CheckStage stage) : IClassFixture<CheckStage>
{
    [Fact]
    public async Task Clauses_and_words_come_only_when_asked_for()
    {
        var request = new CheckUseRequest { MemberId = "nobody-1", Purposes = { Purpose.ServiceDelivery } };
        Assert.Empty((await stage.Open.Checks.CheckUseAsync(request)).Decision.Explanations);

        await stage.Open.RecordAsync("X-1", Registration(), OptOut());
        await stage.Stage.WaitUntilCoveredAsync(stage.Open);
        request = new CheckUseRequest
        {
            MemberId = "X-1",
            Purposes = { Purpose.DirectMarketing, Purpose.Survey },
            Channel = Channel.Postal,
            Options = new CheckOptions { Explain = true },
        };
        var decision = (await stage.Open.Checks.CheckUseAsync(request)).Decision;
        Assert.Equal([ReasonCode.DmOptedOut, ReasonCode.DmOptedOutSurvey], decision.Reasons);
        Assert.Equal(decision.Reasons, decision.Explanations.Select(explanation => explanation.Code));
        Assert.All(decision.Explanations, explanation =>
        {
            Assert.StartsWith("§9", explanation.Clause, StringComparison.Ordinal);
            Assert.NotEqual("", explanation.LabelJa);
            Assert.NotEqual("", explanation.GlossEn);
        });
    }

    [Fact]
    public async Task The_basis_names_the_versions_the_age_and_the_source()
    {
        await stage.Open.RecordAsync("B-1", Registration());
        await stage.Open.RecordAsync("B-1", OptOut());
        await stage.Stage.WaitUntilCoveredAsync(stage.Open);
        var register = await stage.Open.Registry.GetRegisterAsync(new GetRegisterRequest());

        var decision = await stage.Open.UseAsync("B-1");

        Assert.Equal(Outcome.Allow, decision.Outcome);
        Assert.Equal((2, register.Version), (decision.Basis.MemberVersion, decision.Basis.RegisterVersion));
        Assert.Equal("v1", decision.Basis.PolicyVersion);
        Assert.Equal(Rules.Evaluator.RulesVersion, decision.Basis.RulesVersion);
        Assert.Equal(FactsSource.Cache, decision.Basis.Source);
        Assert.InRange(decision.Basis.FactsAgeMs, 1, 60_000);
        Assert.False(decision.Retryable);
        Assert.Equal(TimeSpan.FromMinutes(15), decision.ValidUntil.ToDateTime() - decision.EvaluatedAt.ToDateTime());
    }

    [Theory]
    [InlineData("V-CARRIER", ReasonCode.ContractorPermitted)]
    [InlineData("V-PARTNER", ReasonCode.NoThirdPartyConsent)]
    [InlineData("V-GROUP", ReasonCode.VendorRelationMismatch)]
    [InlineData("V-NOBODY", ReasonCode.VendorUnknown)]
    [InlineData("v-carrier", ReasonCode.VendorUnknown)]
    public async Task A_capacity_left_open_is_the_one_registered(string vendor, ReasonCode reason)
    {
        var decision = await stage.Open.DiscloseAsync(Disclose(vendor));
        Assert.Equal([reason], decision.Reasons);

        var bare = Disclose(vendor);
        bare.RecipientPurpose = "";
        if (reason != ReasonCode.NoThirdPartyConsent)
        {
            Assert.Equal([reason], (await stage.Open.DiscloseAsync(bare)).Reasons);
        }
    }

    [Fact]
    public async Task A_claim_leaves_the_capacity_to_the_third_party_and_looks_up_no_vendor()
    {
        var request = Disclose("救急隊");
        request.ExceptionClaim = new ExceptionClaim
        {
            Item = 3,
            RequestingBody = "市",
            StatutoryAffairsCitation = "法",
            HindranceReason = "支障",
            ApproverId = "A-1",
        };
        Assert.Equal([ReasonCode.ExceptionStateAffairs], (await stage.Open.DiscloseAsync(request)).Reasons);
        request.RecipientId = "V-CARRIER";
        Assert.Equal([ReasonCode.ExceptionStateAffairs], (await stage.Open.DiscloseAsync(request)).Reasons);
    }

    [Fact]
    public async Task An_answer_for_an_unknown_or_erased_member_shows_nothing_else_of_it()
    {
        await stage.Open.RecordAsync("E-2", Registration(), OptOut());
        await stage.Open.RecordAsync("E-2", Erasure());
        await stage.Stage.WaitUntilCoveredAsync(stage.Open);

        AssertBare(ReasonCode.MemberUnknown, await stage.Open.UseAsync("nobody-2", Purpose.DirectMarketing));
        AssertBare(ReasonCode.MemberErased, await stage.Open.UseAsync("E-2", Purpose.DirectMarketing));
        var refused = Disclose("V-NOBODY");
        refused.MemberId = "E-2";
        AssertBare(ReasonCode.VendorUnknown, await stage.Open.DiscloseAsync(refused));
    }

    [Fact]
    public async Task An_audit_of_a_time_before_the_erasure_is_answered_from_what_was_kept()
    {
        await stage.Open.RecordAsync("E-3", Registration(), OptOut());
        var before = DateTimeOffset.UtcNow;
        await stage.Open.RecordAsync("E-3", Erasure());
        await stage.Stage.WaitUntilCoveredAsync(stage.Open);

        var audit = await AuditAsync("E-3", before);
        Assert.Equal([ReasonCode.DmOptedOut], audit.Reasons);
        Assert.Equal((1, FactsSource.Database), (audit.Basis.MemberVersion, audit.Basis.Source));
        AssertBare(ReasonCode.MemberErased, await AuditAsync("E-3", DateTimeOffset.UtcNow));
        AssertBare(ReasonCode.MemberErased, await stage.Open.UseAsync("E-3"));

        await stage.Stage.ExecuteAsync("DELETE FROM erased_member");
        AssertBare(ReasonCode.MemberErased, await AuditAsync("E-3", before));
    }

    [Fact]
    public async Task Anonymised_data_are_judged_without_a_member()
    {
        var request = new CheckAnonymizedProvisionRequest
        {
            Items = { DataItem.Age, DataItem.Sex },
            Dataset = new Dataset { Id = "D-1", CertifiedAnonymous = true, Method = "PAPER" },
        };
        var decision = (await stage.Open.Checks.CheckAnonymizedProvisionAsync(request)).Decision;
        Assert.Equal([ReasonCode.AnonymizedPermitted], decision.Reasons);
        Assert.Equal((0, FactsSource.Cache), (decision.Basis.MemberVersion, decision.Basis.Source));

        request.MemberId = "M-1\n";
        Assert.Equal([ReasonCode.AnonHasMemberKey], (await stage.Open.Checks.CheckAnonymizedProvisionAsync(request)).Decision.Reasons);
    }

    private static CheckDisclosureRequest Disclose(string vendor) => new()
    {
        MemberId = "M-1",
        RecipientId = vendor,
        RecipientPurpose = "SERVICE_LINK",
        Purposes = { Purpose.ServiceDelivery },
        Items = { DataItem.Name },
    };

    private static void AssertBare(ReasonCode reason, Decision decision)
    {
        Assert.Equal((Outcome.Deny, reason), (decision.Outcome, decision.Reasons.Single()));
        Assert.Equal(0, decision.Basis.MemberVersion);
        Assert.Empty(decision.PerPurpose);
        Assert.Empty(decision.PermittedItems);
        Assert.Empty(decision.WithheldItems);
        Assert.Empty(decision.Obligations);
        Assert.False(decision.Retryable);
    }

    private async Task<Decision> AuditAsync(string member, DateTimeOffset at) => (await stage.Open.Checks.CheckUseAsync(new CheckUseRequest
    {
        MemberId = member,
        Purposes = { Purpose.DirectMarketing },
        Channel = Channel.Postal,
        Options = new CheckOptions { Mode = CheckMode.Audit, At = Timestamp.FromDateTimeOffset(at) },
    })).Decision;
}
