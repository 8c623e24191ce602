using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;
using Belong.ConsentService.Client.Lists;
using Belong.ConsentService.Client.Calls;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Cli.Audience;

/// <summary><c>consentctl screen</c>: who of a list may be written to, or handed over.</summary>
internal sealed class ScreenCommand
{
    private const double StandstillSeconds = 60;
    private const int MaxChunkMembers = 10_000;
    private const int MaxChunkBytes = 1024 * 1024;

    private readonly Argument<string> _list = new("FILE")
    {
        Description = "The members, one id per line; - or left out for standard input.",
        DefaultValueFactory = _ => "-",
    };

    private readonly QuestionOptions _question = new();

    private readonly Option<string> _allowed = Opt.Text(
        "--allowed", "FILE", "Where the ids go that are allowed: ALLOW and nothing less. Left out: standard output; such a screening cannot be taken up again.");

    private readonly Option<string> _refused = Opt.Text(
        "--refused", "FILE", "Where the others go, with their reasons: tab-separated, or with commas when the name ends in .csv.");

    private readonly Option<string> _position = Opt.Text(
        "--position-file", "FILE", "Where the position goes that watch goes on from. ALLOWED.position when left out.");

    private readonly Option<string> _state = Opt.Text(
        "--state", "FILE", "What an interrupted screening is taken up from; removed at the end. ALLOWED.screen when left out.");

    private readonly Option<bool> _restart = Opt.Flag("--restart", "Begin anew, whatever an interrupted screening left behind.");

    private readonly Option<int> _chunk = Opt.Count("--chunk", 1_000, 1, MaxChunkMembers, "Members that are asked for at once.");

    private readonly Option<int> _askAgain = Opt.Count(
        "--ask-again", 5, 0, 100, "How often members are asked again, after a pause, whose facts could not be read.");

    private readonly Option<double> _retry = Opt.Seconds(
        "--retry-seconds", 60, 0, 86_400, "How long a lost connection is tried anew.");

    public static Command Build(Runner runner)
    {
        var screen = new ScreenCommand();
        var command = new GuidedCommand("screen", "Judges a list of members: allowed ids out, refused ones with reasons to another file.", """
            An id that could not be judged is never among the allowed ones. Ids stand in the order of the list, but those that had
            to be asked again come last. Interrupted, by whatever, the same command goes on where it was: no answer is asked for twice,
            and none is left out.

            Examples:
              consentctl screen members.txt --purpose 3 --channel postal --allowed allowed.txt --refused refused.tsv
              cat members.txt | consentctl screen --recipient V-CARRIER --purpose 1 --item name,address > allowed.txt

            Exit codes: 0 the whole list was judged, whatever the answers; 1 not all of it, or no answer; 2 bad use or refused;
            130 interrupted.
            """)
        {
            screen._list, screen._allowed, screen._refused, screen._position, screen._state, screen._restart, screen._chunk, screen._askAgain, screen._retry,
        };
        screen._question.AddTo(command);
        return runner.Bind(command, screen.RunAsync);
    }

    private async Task<int> RunAsync(Invocation invocation)
    {
        var header = _question.Read(invocation.Parse);
        var paths = Paths(invocation);
        var question = JsonFormatter.Default.Format(header);
        var kept = paths.State is null || invocation.Parse.GetValue(_restart) ? null : ScreenState.Load(paths.State);
        RequireFit(kept, question, paths);
        var plan = await PlanAsync(invocation, header);
        var state = kept ?? ScreenState.Begin(question);

        var path = invocation.Parse.GetValue(_list)!;
        var stream = path == "-" ? invocation.Host.OpenInput() : File.OpenRead(path);
        var listBytes = path == "-" ? (long?)null : stream.Length;
        using var list = new IdLines(stream, path, plan.Chunks);
        if (kept is not null && !await list.TrySkipAsync(kept.Input).WaitAsync(invocation.Cancellation))
        {
            throw new UsageException($"{path} is not the list that {paths.State} is about: give that list, or begin anew with --restart.");
        }

        using var files = ScreenFiles.Open(invocation, paths, state);
        var progress = new ScreenProgress(invocation, state.Input, listBytes);
        try
        {
            await new Screening(invocation, plan, files, state, progress).RunAsync(list, invocation.Cancellation);
            files.Finish(state);
        }
        catch (Exception error)
        {
            throw Explain(error, files, state);
        }
        finally
        {
            progress.Clear();
        }

        return Report(invocation, files, state);
    }

    private ScreenPaths Paths(Invocation invocation)
    {
        var parse = invocation.Parse;
        var (allowed, refused) = (parse.GetValue(_allowed), parse.GetValue(_refused));
        if (allowed is null && (invocation.IsJson || parse.GetValue(_state) is not null))
        {
            throw new UsageException($"{(invocation.IsJson ? "--json" : "--state")} needs --allowed: else the allowed ids take standard output.");
        }

        var state = parse.GetValue(_state) ?? (allowed is null ? null : allowed + ".screen");
        var position = parse.GetValue(_position) ?? (allowed is null ? null : PositionFile.Of(allowed));
        var list = parse.GetValue(_list) is "-" ? null : parse.GetValue(_list);
        var all = new[] { list, allowed, refused, state, position }.OfType<string>().Select(Path.GetFullPath).ToList();
        return all.Distinct().Count() == all.Count
            ? new ScreenPaths(allowed, refused, state, position)
            : throw new UsageException("The list, --allowed, --refused, --state and --position-file must be different files.");
    }

    private static void RequireFit(ScreenState? kept, string question, ScreenPaths paths)
    {
        if (kept is null)
        {
            return;
        }

        if (kept.Question != question)
        {
            throw new UsageException($"{paths.State} is about another question, {kept.Question}: ask that, or begin anew with --restart.");
        }

        if (kept.Refused is null != paths.Refused is null)
        {
            throw new UsageException(
                $"The interrupted screening was begun {(kept.Refused is null ? "without" : "with")} --refused: do the same, or begin anew with --restart.");
        }
    }

    private async Task<ScreenPlan> PlanAsync(Invocation invocation, AudienceHeader header)
    {
        var info = await invocation.Check.GetServerInfoAsync(new GetServerInfoRequest(), invocation.CallOptions());
        var members = invocation.Parse.GetValue(_chunk);
        return new ScreenPlan(
            header,
            new ChunkLimits(
                info.MaxChunkMembers > 0 ? Math.Min(members, info.MaxChunkMembers) : members,
                info.MaxMessageBytes > 0 ? Math.Min(MaxChunkBytes, info.MaxMessageBytes) : MaxChunkBytes),
            invocation.Parse.GetValue(_askAgain),
            TimeSpan.FromSeconds(invocation.Parse.GetValue(_retry)),
            invocation.Standstill(StandstillSeconds));
    }

    private static AdvisedException Explain(Exception error, ScreenFiles files, ScreenState state)
    {
        if (error is AnewException || Patience.IsRestored(error))
        {
            files.Discard();
            return new AdvisedException("Nothing that was written is to be used: screen the whole list anew.", error);
        }

        var cause = error is IOException or UnauthorizedAccessException ? new IncompleteException(error.Message) : error;
        return new AdvisedException(
            files.IsKept
                ? $"{state.Tally.Members:N0} members are judged and kept: the same command goes on after them."
                : "The list was not judged to its end.",
            cause);
    }

    private static int Report(Invocation invocation, ScreenFiles files, ScreenState state)
    {
        var summary = Summarize(state, files.Words);
        if (invocation.IsJson)
        {
            invocation.PrintJson(summary, ("blankLines", state.Input.BlankLines), ("streams", state.Starts));
        }
        else
        {
            new ScreenText(invocation).Write(summary, state, files.Words);
        }

        return summary.IsComplete ? ExitCode.Done : ExitCode.Unreachable;
    }

    private static ScreenSummary Summarize(ScreenState state, ReasonWords words)
    {
        var tally = state.Tally;
        return new ScreenSummary
        {
            IsComplete = tally.Undecided == 0,
            MemberCount = tally.Members,
            AllowedCount = tally.Allowed,
            UndecidedCount = tally.Undecided,
            Totals = { tally.ByReason.Select(reason => new ReasonTotal { Reason = (ReasonCode)reason.Key, MemberCount = reason.Value }) },
            Obligations = { tally.Obligations.Select(obligation => (Obligation)obligation) },
            ValidUntil = tally.ValidUntilTicks is { } ticks ? new DateTime(ticks, DateTimeKind.Utc).ToTimestamp() : null,
            Position = state.Position,
            Explanations = { tally.ByReason.Keys.Select(reason => words.Of((ReasonCode)reason)) },
        };
    }
}
