using System.CommandLine;
using Belong.ConsentService.Dev.Sizing;
using Belong.ConsentService.Testing.Mix;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>sizing</c>: the bytes of members and changes, for docs/operations.md.</summary>
internal static class SizingVerb
{
    private const int MinMembers = 1_000;
    private const int MaxChanges = 1_000_000;

    public static Command Build()
    {
        var members = new Option<int>("--members") { Description = "Members of the mix", DefaultValueFactory = _ => 100_000 };
        var changes = new Option<int>("--changes") { Description = "Single changes after it", DefaultValueFactory = _ => 10_000 };
        members.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && given is < MinMembers or > MemberMix.MaxMembers)
            {
                result.AddError($"--members is {given}: from {MinMembers} to {MemberMix.MaxMembers} is allowed");
            }
        });
        changes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && given is < 1 or > MaxChanges)
            {
                result.AddError($"--changes is {given}: from 1 to {MaxChanges} is allowed");
            }
        });
        var command = new Command("sizing", "Measures the bytes that members and changes take in PostgreSQL and Redis.") { members, changes };
        command.SetAction(async (result, cancellation) =>
        {
            await using var run = new SizingRun(result.GetValue(members), result.GetValue(changes));
            await run.RunAsync(cancellation);
            return 0;
        });
        return command;
    }
}
