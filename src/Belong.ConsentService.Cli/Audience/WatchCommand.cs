using System.CommandLine;
using System.Text.Json.Nodes;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;
using Belong.ConsentService.Client.Calls;

namespace Belong.ConsentService.Cli.Audience;

/// <summary><c>consentctl watch</c>: whose answer changed since a screening.</summary>
internal sealed class WatchCommand
{
    private readonly QuestionOptions _question = new();

    private readonly Option<string> _position = Opt.Text(
        "--position", "POSITION", "Where to go on from, as long as --position-file is not there. Without either: from now on.");

    private readonly Option<string> _positionFile = Opt.Text(
        "--position-file", "FILE", "Where to go on from; the newest position is kept in it. LIST.position when left out, and then moved on by --drop only.");

    private readonly Option<string> _list = Opt.Text("--list", "FILE", "Tells only of the members of this list, one id per line.");

    private readonly Option<bool> _drop = Opt.Flag(
        "--drop", "Takes those who left out of --list, and then moves the position on. Whoever may be written to again later does not come back.");

    private readonly Option<bool> _onlyRefused = Opt.Flag("--only-refused", "Tells only of who is refused now.");

    private readonly Option<bool> _untilCurrent = Opt.Flag("--until-current", "Ends once all changes so far were told.");

    private readonly Option<bool> _verbose = Opt.Flag("--verbose", "Shows every heartbeat.");

    private readonly Option<double> _retry = Opt.Seconds(
        "--retry-seconds", 60, 0, 86_400, "With --until-current, how long a lost connection is tried anew; else without end.");

    public static Command Build(Runner runner)
    {
        var watch = new WatchCommand();
        var command = new GuidedCommand("watch", "Tells of each member whose answer changed since a screening, and goes on as changes come.", """
            Give the question of the screening. Each line has the instant, the member, ALLOW or DENY, and the reason. NOT_CURRENT: do
            not send until CURRENT comes. Killed, by whatever, the same command goes on from the kept position without a gap.

            Before each wave of a campaign, take out of the list who has left it:
              consentctl watch --purpose 3 --channel postal --list allowed.txt --until-current --drop
            Follow all changes:
              consentctl watch --purpose 3 --channel postal --position-file changes.position

            After EVERYTHING_CHANGED screen again what is not sent yet, and watch from the position of that screening.

            Exit codes: 0 all changes so far were told; 5 something changed that all answers rest on: screen again what is not sent yet;
            1 no answer, or the position is too old: screen again; 2 bad use or refused; 130 interrupted.
            """)
        {
            watch._position, watch._positionFile, watch._list, watch._drop, watch._onlyRefused, watch._untilCurrent, watch._verbose, watch._retry,
        };
        watch._question.AddTo(command);
        return runner.Bind(command, watch.RunAsync);
    }

    private async Task<int> RunAsync(Invocation invocation)
    {
        var plan = await PlanAsync(invocation);
        var watching = new Watching(invocation, plan, new WatchOutput(invocation, invocation.Parse.GetValue(_verbose)));
        try
        {
            await watching.RunAsync(invocation.Cancellation);
        }
        catch (EverythingChangedException)
        {
            await invocation.Host.Error.WriteLineAsync(invocation.Say(
                "Something changed that all answers rest on: screen again what is not sent yet.",
                "全会員の判定の根拠が変わりました。未送信の分を再度判定してください。"));
            return ExitCode.ScreenAgain;
        }

        if (invocation.Parse.GetValue(_drop))
        {
            await plan.List!.DropAsync(watching.Left);
        }

        if (plan.PositionFile is not null)
        {
            PositionFile.Write(plan.PositionFile, watching.Position);
        }

        Report(invocation, plan, watching);
        return ExitCode.Done;
    }

    private async Task<WatchPlan> PlanAsync(Invocation invocation)
    {
        var parse = invocation.Parse;
        var header = _question.Read(parse);
        var (list, drop, untilCurrent) = (parse.GetValue(_list), parse.GetValue(_drop), parse.GetValue(_untilCurrent));
        if (drop && (list is null || !untilCurrent))
        {
            throw new UsageException("--drop needs --list and --until-current.");
        }

        var file = parse.GetValue(_positionFile) ?? (list is null ? null : PositionFile.Of(list));
        var position = (file is null ? null : PositionFile.Read(file)) ?? parse.GetValue(_position);
        if (position is null && (file is not null || untilCurrent))
        {
            throw new UsageException(
                $"{(file is null ? "--until-current needs a position" : $"{file} is not there")}: a screening with --allowed writes one, or give --position.");
        }

        return new WatchPlan(
            header,
            position ?? "",
            list is null ? null : await MemberList.LoadAsync(list),
            drop || parse.GetValue(_positionFile) is not null ? file : null,
            parse.GetValue(_onlyRefused),
            untilCurrent,
            untilCurrent ? TimeSpan.FromSeconds(parse.GetValue(_retry)) : TimeSpan.MaxValue,
            invocation.Standstill(GlobalOptions.DefaultTimeoutSeconds));
    }

    private void Report(Invocation invocation, WatchPlan plan, Watching watching)
    {
        if (invocation.IsJson)
        {
            var end = new JsonObject
            {
                ["event"] = "end",
                ["position"] = watching.Position,
                ["left"] = watching.Left.Count,
                ["remaining"] = invocation.Parse.GetValue(_drop) ? plan.List!.Count : null,
            };
            invocation.Output.WriteLine(end.ToJsonString());
            return;
        }

        var remaining = invocation.Parse.GetValue(_drop) ? plan.List!.Count : (int?)null;
        invocation.Host.Error.WriteLine(remaining is null
            ? invocation.Say(
                $"All changes so far were told: {watching.Left.Count:N0} members are refused now.",
                $"これまでの変更をすべて通知しました: 現在不可の会員は{watching.Left.Count:N0}名です。")
            : invocation.Say(
                $"All changes so far were told: {watching.Left.Count:N0} members left the list, {remaining:N0} remain.",
                $"これまでの変更をすべて通知しました: {watching.Left.Count:N0}名をリストから除き、{remaining:N0}名が残っています。"));
    }
}
