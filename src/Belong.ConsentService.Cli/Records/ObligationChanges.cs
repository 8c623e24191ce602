using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Records;

/// <summary>What Belong owes the member.</summary>
internal static class ObligationChanges
{
    public static IEnumerable<ChangeKind> All => [Opening(), Closing()];

    private static ChangeKind Opening()
    {
        var reference = Opt.Text("--ref", "REF", "Names the obligation.", required: true);
        var kind = Opt.Name<ObligationKind>("--kind", "What is owed.", required: true);
        var start = new StartOptions();
        return new("obligation-opening", "Belong owes the member something that outlives a withdrawal.", [reference, kind, .. start.All], parse => new MemberChange
        {
            ObligationOpening = new ObligationOpening
            {
                Ref = parse.TextOf(reference),
                Kind = parse.GetValue(kind) ?? ObligationKind.Unspecified,
                Start = start.Read(parse),
            },
        });
    }

    private static ChangeKind Closing()
    {
        var reference = Opt.Text("--ref", "REF", "The obligation.", required: true);
        var start = new StartOptions();
        return new("obligation-closing", "The obligation is met.", [reference, .. start.All], parse => new MemberChange
        {
            ObligationClosing = new ObligationClosing { Ref = parse.TextOf(reference), Start = start.Read(parse) },
        });
    }
}
