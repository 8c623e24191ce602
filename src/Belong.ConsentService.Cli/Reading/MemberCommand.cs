using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Reading;

/// <summary><c>consentctl member</c>: what is known of a member, and how it came about.</summary>
internal static class MemberCommand
{
    private const int PageSize = 1_000;

    public static Command Build(Runner runner) => new("member", "Reads what is known of a member.")
    {
        BuildShow(runner),
        BuildHistory(runner),
    };

    private static Command BuildShow(Runner runner)
    {
        var member = Id();
        return runner.Bind(new Command("show", "What is known of a member now.") { member }, async invocation =>
        {
            var request = new GetMemberRequest { MemberId = invocation.Parse.GetValue(member)! };
            var response = await invocation.Registry.GetMemberAsync(request, invocation.CallOptions());
            if (invocation.IsJson)
            {
                invocation.PrintJson(response);
            }
            else
            {
                ProtoText.Write(invocation.Output, response.Member);
            }

            return ExitCode.Done;
        });
    }

    private static Command BuildHistory(Runner runner)
    {
        var member = Id();
        return runner.Bind(new Command("history", "All that was recorded of a member, oldest first.") { member }, async invocation =>
        {
            var request = new GetMemberHistoryRequest { MemberId = invocation.Parse.GetValue(member)!, PageSize = PageSize };
            var all = new GetMemberHistoryResponse();
            do
            {
                var page = await invocation.Registry.GetMemberHistoryAsync(request, invocation.CallOptions());
                if (page.NextPageToken.Length > 0 && page.Entries.Count == 0)
                {
                    throw new InvalidDataException("the service gives empty pages without end.");
                }

                all.Entries.AddRange(page.Entries);
                request.PageToken = page.NextPageToken;
            }
            while (request.PageToken.Length > 0);

            Print(invocation, all);
            return ExitCode.Done;
        });
    }

    private static void Print(Invocation invocation, GetMemberHistoryResponse history)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(history);
            return;
        }

        foreach (var entry in history.Entries)
        {
            var at = entry.RecordedAt is null ? "" : Times.Of(entry.RecordedAt);
            var key = entry.IdempotencyKey.Length > 0 ? $", key {entry.IdempotencyKey}" : "";
            var received = entry.ReceivedAt is null || entry.ReceivedAt.Equals(entry.RecordedAt) ? "" : $" (received {Times.Of(entry.ReceivedAt)})";
            var line = $"version {entry.MemberVersion}  {at}{received}  {entry.Actor} (caller {entry.Caller}{key})  {entry.Reason}";
            invocation.Output.WriteLine(ProtoText.Clean(line).TrimEnd());
            foreach (var change in entry.Changes)
            {
                invocation.Output.WriteLine($"  {Kind(change)}  {ProtoText.Line(change)}".TrimEnd());
            }
        }
    }

    private static string Kind(MemberChange change) => ProtoText.UpperSnake(change.ChangeCase.ToString()).ToLowerInvariant().Replace('_', '-');

    private static Argument<string> Id() => new("MEMBER") { Description = "The member's id." };
}
