using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Records;

/// <summary>Wishes to be asked in surveys and to get advertising mail.</summary>
internal static class OptInChanges
{
    public static IEnumerable<ChangeKind> All => [SurveyOptIn(), AdMailOptIn(), AdMailOptInRevocation()];

    private static ChangeKind SurveyOptIn()
    {
        var start = new StartOptions();
        return new("survey-opt-in", "The member wishes to be asked in surveys, although opted out of direct mail.", start.All, parse => new MemberChange
        {
            SurveyOptIn = new SurveyOptIn { Start = start.Read(parse) },
        });
    }

    private static ChangeKind AdMailOptIn()
    {
        var record = Opt.Text("--record", "ID", "Names the record for a later revocation. Left out: the service names it.");
        var channels = Opt.ManyNames<Channel>("--channel", "EMAIL, SMS or both.", required: true);
        var evidence = Opt.Text("--evidence", "REF", "What shows the consent. Left out: recorded, but carries nothing.");
        var start = new StartOptions();
        return new("ad-mail-opt-in", "The member consents to advertising mail.", [record, channels, evidence, .. start.All], parse => new MemberChange
        {
            AdMailOptIn = new AdMailOptIn
            {
                RecordId = parse.TextOf(record),
                Channels = { parse.ListOf(channels) },
                EvidenceRef = parse.TextOf(evidence),
                Start = start.Read(parse),
            },
        });
    }

    private static ChangeKind AdMailOptInRevocation()
    {
        var record = Opt.Text("--record", "ID", "The opt-in. Left out: all that are not revoked.");
        var start = new StartOptions();
        return new("ad-mail-opt-in-revocation", "The member takes the consent to advertising mail back.", [record, .. start.All], parse => new MemberChange
        {
            AdMailOptInRevocation = new AdMailOptInRevocation { RecordId = parse.TextOf(record), Start = start.Read(parse) },
        });
    }
}
