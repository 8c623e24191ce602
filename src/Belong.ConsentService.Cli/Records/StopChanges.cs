using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Records;

/// <summary>Restrictions of §9 and their ends.</summary>
internal static class StopChanges
{
    public static IEnumerable<ChangeKind> All =>
    [
        DmOptOut(),
        Lift("dm-opt-out-lift", "The member wants direct mail again.", lift => new MemberChange { DmOptOutLift = lift }),
        UseStop(),
        UseStopVerification(),
        Lift("use-stop-lift", "Ends a stop of use.", lift => new MemberChange { UseStopLift = lift }),
        ProvisionStop(),
        Lift("provision-stop-lift", "Ends a stop of provision.", lift => new MemberChange { ProvisionStopLift = lift }),
        ItemStop(),
        ItemStopLift(),
    ];

    private static ChangeKind DmOptOut()
    {
        var record = NewRecord();
        var all = Opt.Flag("--all", "On every channel.");
        var channels = Opt.ManyNames<Channel>("--channel", "On these channels only.");
        var via = Opt.Text("--received-via", "HOW", "How it was received, such as PHONE.");
        var verified = Opt.Flag("--identity-verified", "Identity was verified. It bites either way.");
        var start = new StartOptions();
        return new("dm-opt-out", "The member wants no direct mail (§9 ※). Bites from receipt.", [record, all, channels, via, verified, .. start.All], parse => new MemberChange
        {
            DmOptOut = new DmOptOut
            {
                RecordId = parse.TextOf(record),
                AllChannels = Scope.IsAll(parse, all, channels),
                Channels = { parse.ListOf(channels) },
                ReceivedVia = parse.TextOf(via),
                IdentityVerified = parse.GetValue(verified),
                Start = start.Read(parse),
            },
        });
    }

    private static ChangeKind UseStop()
    {
        var record = NewRecord();
        var full = Opt.Flag("--full", "Of all use.");
        var purposes = Opt.Purposes("Of these purposes only.");
        var verified = Opt.Flag("--verified", "Identity was verified. Unverified it stops marketing and third parties only.");
        var start = new StartOptions();
        return new("use-stop", "The member asks to stop the use of the data (§9).", [record, full, purposes, verified, .. start.All], parse => new MemberChange
        {
            UseStop = new UseStop
            {
                RecordId = parse.TextOf(record),
                Full = Scope.IsAll(parse, full, purposes),
                Purposes = { parse.ListOf(purposes) },
                Verified = parse.GetValue(verified),
                Start = start.Read(parse),
            },
        });
    }

    private static ChangeKind UseStopVerification()
    {
        var record = Opt.Text("--record", "ID", "The use stop. Left out: all that are not verified.");
        var start = new StartOptions();
        return new("use-stop-verification", "The identity behind a use stop was verified.", [record, .. start.All], parse => new MemberChange
        {
            UseStopVerification = new UseStopVerification { RecordId = parse.TextOf(record), Start = start.Read(parse) },
        });
    }

    private static ChangeKind ProvisionStop()
    {
        var record = NewRecord();
        var all = Opt.Flag("--all", "To all third parties.");
        var vendors = Opt.Texts("--vendor", "ID", "To these vendors only.");
        var start = new StartOptions();
        return new("provision-stop", "The member asks to stop provision to third parties (§9).", [record, all, vendors, .. start.All], parse => new MemberChange
        {
            ProvisionStop = new ProvisionStop
            {
                RecordId = parse.TextOf(record),
                AllVendors = Scope.IsAll(parse, all, vendors),
                VendorIds = { parse.ListOf(vendors) },
                Start = start.Read(parse),
            },
        });
    }

    private static ChangeKind ItemStop()
    {
        var items = Opt.ManyNames<DataItem>("--item", "The items.", required: true);
        var start = new StartOptions();
        return new("item-stop", "The member asks to stop handing over data items (§9).", [items, .. start.All], parse => new MemberChange
        {
            ItemStop = new ItemStop { Items = { parse.ListOf(items) }, Start = start.Read(parse) },
        });
    }

    private static ChangeKind ItemStopLift()
    {
        var items = Opt.ManyNames<DataItem>("--item", "The items.", required: true);
        var evidence = Evidence();
        var start = new StartOptions();
        return new("item-stop-lift", "Ends the stop of data items.", [items, evidence, .. start.All], parse => new MemberChange
        {
            ItemStopLift = new ItemStopLift { Items = { parse.ListOf(items) }, EvidenceRef = parse.TextOf(evidence), Start = start.Read(parse) },
        });
    }

    private static ChangeKind Lift(string name, string help, Func<Lift, MemberChange> change)
    {
        var record = Opt.Text("--record", "ID", "The record to end. Left out: all that have not ended.");
        var evidence = Evidence();
        var start = new StartOptions();
        return new(name, help, [record, evidence, .. start.All], parse =>
            change(new Lift { RecordId = parse.TextOf(record), EvidenceRef = parse.TextOf(evidence), Start = start.Read(parse) }));
    }

    private static Option<string> NewRecord() => Opt.Text("--record", "ID", "Names the record for a later change. Left out: the service names it.");

    private static Option<string> Evidence() => Opt.Text("--evidence", "REF", "What shows that the member asked for it.", required: true);
}
