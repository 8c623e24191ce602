using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Records;

/// <summary>Joining, leaving, being erased; using the service, accepting its policy.</summary>
internal static class StatusChanges
{
    public static IEnumerable<ChangeKind> All => [Registration(), Status(), Erasure(), PolicyAcceptance(), ServiceUse()];

    private static ChangeKind Registration()
    {
        var version = Opt.Text("--policy-version", "ID", "The policy version under which the data were acquired. Left out: covers no purpose.");
        return new("registration", "The member joins; the first change of a member.", [version], parse => new MemberChange
        {
            Registration = new Registration { AcquiredPolicyVersion = parse.TextOf(version) },
        });
    }

    private static ChangeKind Status()
    {
        var status = Opt.Name<MemberStatus>("--status", "The new standing (ERASED only by 'record erasure').", required: true);
        var start = new StartOptions();
        return new("status", "The member leaves or stays after all (§11), or is to be erased (§10).", [status, .. start.All], parse => new MemberChange
        {
            Status = new StatusChange { Status = parse.GetValue(status) ?? MemberStatus.Unspecified, Start = start.Read(parse) },
        });
    }

    private static ChangeKind Erasure()
    {
        var start = new StartOptions();
        return new("erasure", "Removes the facts and the history of the member (§10); a tombstone remains. Cannot be undone.", start.All, parse => new MemberChange
        {
            Erasure = new Erasure { Start = start.Read(parse) },
        });
    }

    private static ChangeKind PolicyAcceptance()
    {
        var version = Opt.Text("--policy-version", "ID", "The version accepted.", required: true);
        var start = new StartOptions();
        return new("policy-acceptance", "The member accepted a policy version explicitly (§13).", [version, .. start.All], parse => new MemberChange
        {
            PolicyAcceptance = new PolicyAcceptance { PolicyVersion = parse.TextOf(version), Start = start.Read(parse) },
        });
    }

    private static ChangeKind ServiceUse()
    {
        var start = new StartOptions();
        return new("service-use", "The member used the service.", start.All, parse => new MemberChange
        {
            ServiceUse = new ServiceUse { Start = start.Read(parse) },
        });
    }
}
