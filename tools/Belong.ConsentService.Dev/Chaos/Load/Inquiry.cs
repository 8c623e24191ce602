using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>What is to be asked about a member, with the writes that the answer must include.</summary>
internal sealed record Inquiry(int Member, Question Question)
{
    public Entry<MemberState>? DemandedMember { get; private init; }

    public Entry<RegisterState>? DemandedRegister { get; private init; }

    public string Token => DemandedMember?.Token ?? DemandedRegister?.Token ?? "";

    public string MemberId => FactsModel.IdOf(Member);

    /// <summary>Most about members changed a moment ago, a third with tokens.</summary>
    public static Inquiry Pick(LoadContext context, Random dice)
    {
        var member = context.Recent.Pick(dice);
        var demandedMember = dice.Next(10) < 3 ? context.Model.Member(member).LatestToken() : null;
        return new Inquiry(member, (Question)dice.Next(3))
        {
            DemandedMember = demandedMember,
            DemandedRegister = demandedMember is null && dice.Next(10) == 0 ? context.Model.Register.LatestToken() : null,
        };
    }

    /// <summary>The same asked about another member, of whom the token says nothing.</summary>
    public Inquiry Of(int member) => member == Member ? this : new Inquiry(member, Question) { DemandedRegister = DemandedRegister };

    /// <summary>What came of it.</summary>
    public Observation Answer(Call call, Decision? decision, Failure failure = default) => new()
    {
        Member = Member,
        Question = Question,
        DemandedMember = DemandedMember,
        DemandedRegister = DemandedRegister,
        Call = call,
        Decision = decision,
        Failure = failure,
    };
}
