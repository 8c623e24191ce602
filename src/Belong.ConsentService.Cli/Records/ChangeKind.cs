using System.CommandLine;
using Belong.Consent.V1;

namespace Belong.ConsentService.Cli.Records;

/// <summary>One kind of change of a member: its command and how its options become the message.</summary>
internal sealed record ChangeKind(string Name, string Help, IReadOnlyList<Option> Options, Func<ParseResult, MemberChange> Read)
{
    public static IEnumerable<ChangeKind> All =>
    [
        .. StatusChanges.All, .. StopChanges.All, .. OptInChanges.All, .. ConsentChanges.All, .. ObligationChanges.All,
    ];
}
