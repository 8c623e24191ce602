using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Records;

/// <summary>Consents to provision (§4) and their withdrawal.</summary>
internal static class ConsentChanges
{
    public static IEnumerable<ChangeKind> All => [Consent(), ConsentWithdrawal()];

    private static ChangeKind Consent()
    {
        var recipient = Opt.Text("--recipient", "ID", "The vendor.", required: true);
        var purposes = Opt.Texts("--recipient-purpose", "CODE", "The recipient's purpose, such as SERVICE_LINK.");
        var items = Opt.ManyNames<DataItem>("--item", "The items consented to.");
        var method = Opt.Name<ConsentMethod>("--method", "How it was given; DEEMED never carries a provision.", required: true);
        var expires = Opt.Time("--expires-at", "Its end, exclusive. Left out: open.");
        var foreign = Opt.Flag("--foreign-info-given", "Given with the information on the foreign country (Art. 28(2)).");
        var start = new StartOptions();
        return new("consent", "The member consents to provision to a recipient (§4). A later one supersedes it.",
            [recipient, purposes, items, method, expires, foreign, .. start.All], parse => new MemberChange
            {
                Consent = new Consent.V1.Consent
                {
                    RecipientId = parse.TextOf(recipient),
                    RecipientPurposes = { parse.ListOf(purposes) },
                    Items = { parse.ListOf(items) },
                    Method = parse.GetValue(method) ?? ConsentMethod.Unspecified,
                    ExpiresAt = parse.GetValue(expires),
                    ForeignInfoGiven = parse.GetValue(foreign),
                    Granted = start.Read(parse),
                },
            });
    }

    private static ChangeKind ConsentWithdrawal()
    {
        var recipient = Opt.Text("--recipient", "ID", "The vendor.", required: true);
        var granted = Opt.Time("--granted-at", "The start of the consent. Left out: all consents to the recipient.");
        var start = new StartOptions();
        return new("consent-withdrawal", "The member takes a consent back.", [recipient, granted, .. start.All], parse => new MemberChange
        {
            ConsentWithdrawal = new ConsentWithdrawal
            {
                RecipientId = parse.TextOf(recipient),
                GrantedAt = parse.GetValue(granted),
                Start = start.Read(parse),
            },
        });
    }
}
