using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>The summary of a screening for a person, by reason with the words behind it.</summary>
internal sealed class ScreenText(Invocation invocation)
{
    public void Write(ScreenSummary summary, ScreenState state, ReasonWords words)
    {
        WriteHeadline(summary);
        WriteReasons(summary, words);
        if (summary.Obligations.Count > 0)
        {
            Field("obligations", "義務", string.Join(", ", summary.Obligations.Select(obligation => Names.Of(obligation))));
        }

        if (summary.ValidUntil is not null)
        {
            var until = Times.Of(summary.ValidUntil);
            Field("valid until", "有効期限", invocation.Say(
                $"{until}, and longer while consentctl watch from the position says that it is current",
                $"{until} (この位置から consentctl watch が最新であると示す間はその後も有効)"));
        }

        Field("position", "位置", summary.Position + (state.Starts < 2 ? "" : invocation.Say(
            $"  (of the first of {state.Starts} streams: it covers all of them)", $"  (全{state.Starts}回の接続のうち最初のもの。全体に及びます)")));
        if (state.Input.BlankLines > 0)
        {
            Field("blank lines", "空行", $"{state.Input.BlankLines:N0}");
        }
    }

    private void WriteHeadline(ScreenSummary summary)
    {
        var refused = summary.MemberCount - summary.AllowedCount - summary.UndecidedCount;
        invocation.Host.Error.WriteLine(summary.IsComplete
            ? invocation.Say(
                $"Judged {summary.MemberCount:N0} members: {summary.AllowedCount:N0} allowed, {refused:N0} refused. The list is complete.",
                $"{summary.MemberCount:N0}名を判定しました: 許可 {summary.AllowedCount:N0}名、不可 {refused:N0}名。リスト全体の判定が完了しています。")
            : invocation.Say(
                $"Judged {summary.MemberCount:N0} members: {summary.AllowedCount:N0} allowed, {refused:N0} refused, {summary.UndecidedCount:N0} undecided. "
                + "THE LIST IS NOT COMPLETE: facts on the undecided could not be read. They count as refused; screen them again.",
                $"{summary.MemberCount:N0}名を判定しました: 許可 {summary.AllowedCount:N0}名、不可 {refused:N0}名、判定不能 {summary.UndecidedCount:N0}名。"
                + "リストの判定は完了していません: 判定不能の会員の情報を読めませんでした。不可として扱い、再度判定してください。"));
    }

    private void WriteReasons(ScreenSummary summary, ReasonWords words)
    {
        var lines = summary.Totals.Select(total => (Count: $"{total.MemberCount:N0}", Code: RefusedList.Code(total.Reason), total.Reason)).ToList();
        var countColumns = lines.Select(line => line.Count.Length).DefaultIfEmpty().Max();
        var codeColumns = lines.Select(line => line.Code.Length).DefaultIfEmpty().Max();
        foreach (var (count, code, reason) in lines)
        {
            var line = $"  {count.PadLeft(countColumns)}  {code.PadRight(codeColumns)}  {words.Text(reason, invocation.LanguageOrLocale)}";
            invocation.Host.Error.WriteLine(line.TrimEnd());
        }
    }

    private void Field(string english, string japanese, string value) =>
        invocation.Host.Error.WriteLine(ProtoText.Clean(invocation.Say($"  {english,-11}  {value}", $"  {japanese}: {value}")));
}
