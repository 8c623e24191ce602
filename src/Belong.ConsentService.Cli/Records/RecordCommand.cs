using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Records;

/// <summary><c>consentctl record</c>: one subcommand for each kind of fact.</summary>
internal static class RecordCommand
{
    public static Command Build(Runner runner)
    {
        var command = new GuidedCommand("record", "Records a fact, with who (--actor) and why (--reason).", """
            Examples:
              consentctl record registration --member M1 --policy-version v1 --actor desk --reason "joined"
              consentctl record dm-opt-out --member M1 --channel email --at 2026-02-01 --actor desk --reason "asked by phone"
              consentctl record vendor --file vendor.json --actor desk --reason "new carrier"
            """);
        foreach (var kind in ChangeKind.All)
        {
            command.Add(BuildChange(runner, kind));
        }

        foreach (var entry in RegisterEntry.All)
        {
            command.Add(BuildEntry(runner, entry));
        }

        return command;
    }

    private static Command BuildChange(Runner runner, ChangeKind kind)
    {
        var member = Opt.Text("--member", "ID", "The member.", required: true);
        var writing = new WriteOptions();
        var command = new Command(kind.Name, kind.Help) { member };
        foreach (var option in kind.Options)
        {
            command.Add(option);
        }

        writing.AddTo(command);
        return runner.Bind(command, async invocation =>
        {
            var request = new RecordMemberRequest
            {
                Context = writing.Read(invocation),
                MemberId = invocation.Parse.TextOf(member),
                Changes = { kind.Read(invocation.Parse) },
            };
            var response = await WriteOptions.SendAsync(request.Context, () =>
                invocation.Registry.RecordMemberAsync(request, invocation.CallOptions()).ResponseAsync);
            RecordText.Write(invocation, request.Context, response, new(
                $"{kind.Name} of {request.MemberId}", response.Replayed, $"member version {response.MemberVersion}",
                response.RecordedAt, response.FactsVersion));
            return ExitCode.Done;
        });
    }

    private static Command BuildEntry(Runner runner, RegisterEntry entry)
    {
        var file = Opt.Text("--file", "FILE", "The entry in proto JSON; - for standard input.", required: true);
        var writing = new WriteOptions();
        var command = new GuidedCommand(entry.Name, entry.Help, entry.Example) { file };
        writing.AddTo(command);
        return runner.Bind(command, async invocation =>
        {
            var request = new RecordRegisterRequest
            {
                Context = writing.Read(invocation),
                Changes = { await entry.ReadAsync(invocation, invocation.Parse.TextOf(file)) },
            };
            var response = await WriteOptions.SendAsync(request.Context, () =>
                invocation.Registry.RecordRegisterAsync(request, invocation.CallOptions()).ResponseAsync);
            RecordText.Write(invocation, request.Context, response, new(
                entry.Name, response.Replayed, $"register version {response.RegisterVersion}",
                response.RecordedAt, response.FactsVersion));
            return ExitCode.Done;
        });
    }
}
