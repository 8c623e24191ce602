using System.CommandLine;
using Belong.ConsentService.Cli.Audience;
using Belong.ConsentService.Cli.Checks;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Reading;
using Belong.ConsentService.Cli.Records;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli;

/// <summary>The command tree of <c>consentctl</c>.</summary>
internal static class ConsentCtl
{
    private const string Description = "Asks the consent service whether a member's data may be used, records facts, and reads them back.";

    private const string Guidance = """
        Examples:
          consentctl check use --member M0000001 --purpose 3 --channel postal
          consentctl check disclosure --member M0000001 --recipient V-CARRIER --purpose 1 --item name --item birth-date
          consentctl record dm-opt-out --member M0000001 --all --actor desk --reason "asked by phone"
          consentctl member show M0000001

        Instants are ISO 8601 with Z or an offset (2026-02-01T09:00:00+09:00); a date alone is midnight UTC.

        Exit codes:
          0  done; of a check: ALLOW
          1  the service cannot be reached, or failed
          2  bad use, or refused
          3  ALLOW_PARTIAL: only the permitted items may go
          4  DENY
          5  of a watch: something changed that all answers rest on; screen again what is not sent yet
          130  interrupted
        """;

    public static async Task<int> RunAsync(string[] args, CliHost host, CancellationToken cancellation = default)
    {
        var parse = Build(host).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Errors.Count > 0)
        {
            return ExplainBadUse(parse, host);
        }

        var configuration = new InvocationConfiguration
        {
            Output = host.Output,
            Error = host.Error,
            EnableDefaultExceptionHandler = false,
        };
        return await parse.InvokeAsync(configuration, cancellation);
    }

    private static RootCommand Build(CliHost host)
    {
        var runner = new Runner(host, new GlobalOptions());
        var root = new RootCommand(Description)
        {
            CheckCommand.Build(runner),
            ScreenCommand.Build(runner),
            WatchCommand.Build(runner),
            InfoCommand.Build(runner),
            RecordCommand.Build(runner),
            ImportCommand.Build(runner),
            MemberCommand.Build(runner),
            RegisterCommand.Build(runner),
        };
        runner.Options.AddTo(root);
        GuidedCommand.ShowIn(root, Guidance);
        return root;
    }

    private static int ExplainBadUse(ParseResult parse, CliHost host)
    {
        foreach (var error in parse.Errors)
        {
            host.Error.WriteLine(error.Message);
        }

        var path = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = parse.CommandResult; at is not null; at = at.Parent)
        {
            if (at is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } command)
            {
                path.Insert(0, command.Command.Name);
            }
        }

        host.Error.WriteLine($"See: consentctl {string.Join(' ', path.Append("--help"))}");
        return ExitCode.Refused;
    }
}
