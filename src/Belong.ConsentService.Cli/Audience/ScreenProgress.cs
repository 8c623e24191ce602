using Belong.ConsentService.Cli.Connection;
using Belong.ConsentService.Cli.Text;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>Why a screening waits.</summary>
internal enum ScreenNote
{
    ConnectionLost,
    ServiceSilent,
    Undecided,
}

/// <summary>How far a screening is, how quick, and how long it will still take.</summary>
internal sealed class ScreenProgress(Invocation invocation, InputPoint begun, long? listBytes)
{
    private const int MinBarColumns = 5;
    private const int MaxBarColumns = 30;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly StatusLine _line = new(invocation.Host);
    private readonly long _startedAt = invocation.Host.Clock.GetTimestamp();
    private long? _shown;

    public void Show(ScreenState state)
    {
        if (_line.IsShown && !(invocation.Host.Clock.GetElapsedTime(_shown ?? 0) < Step && _shown is not null))
        {
            _shown = invocation.Host.Clock.GetTimestamp();
            _line.Show(Text(state));
        }
    }

    public void Note(ScreenNote note)
    {
        _shown = null;
        _line.Show(note switch
        {
            ScreenNote.ConnectionLost => invocation.Say("The connection is lost: trying again.", "接続が切れました。再接続しています。"),
            ScreenNote.ServiceSilent => invocation.Say("The service does not answer: trying again.", "サービスが応答しません。再接続しています。"),
            _ => invocation.Say("Facts on some members could not be read: asking again.", "一部の会員の情報を読めませんでした。再度照会します。"),
        });
    }

    public void Clear() => _line.Clear();

    private static long MembersOf(InputPoint point) => point.Lines - point.BlankLines;

    private string Text(ScreenState state)
    {
        var members = MembersOf(state.Input);
        var seconds = invocation.Host.Clock.GetElapsedTime(_startedAt).TotalSeconds;
        var perSecond = seconds > 0 ? (members - MembersOf(begun)) / seconds : 0;
        var counts = invocation.Say(
            $"{members:N0}  {perSecond:N0}/s{Left(state, seconds)}  {state.Tally.Allowed:N0} allowed  {state.Tally.Members - state.Tally.Allowed:N0} refused",
            $"{members:N0}名  {perSecond:N0}名/秒{Left(state, seconds)}  許可 {state.Tally.Allowed:N0}  不可 {state.Tally.Members - state.Tally.Allowed:N0}");
        return listBytes is > 0 ? WithBar(Math.Clamp((double)state.Input.Bytes / listBytes.Value, 0, 1), counts) : counts;
    }

    /// <summary>The bar takes what the figures leave.</summary>
    private string WithBar(double share, string counts)
    {
        var figures = $"{share * 100,3:0} %  {counts}";
        var columns = Math.Min(MaxBarColumns, _line.Room($"[] {figures}"));
        var done = (int)(share * columns);
        return columns < MinBarColumns ? figures : $"[{new string('#', done)}{new string('-', columns - done)}] {figures}";
    }

    private string Left(ScreenState state, double seconds)
    {
        var bytes = state.Input.Bytes - begun.Bytes;
        if (listBytes is not { } all || bytes <= 0)
        {
            return "";
        }

        var left = TimeSpan.FromSeconds(Math.Min((all - state.Input.Bytes) * seconds / bytes, TimeSpan.MaxValue.TotalSeconds / 2));
        var text = left.TotalHours < 1 ? $"{left.Minutes}:{left.Seconds:00}" : $"{(long)left.TotalHours}:{left.Minutes:00}:{left.Seconds:00}";
        return invocation.Say($"  {text} left", $"  残り {text}");
    }
}
