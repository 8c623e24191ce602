namespace Belong.ConsentService.Cli.Text;

/// <summary>One line of a terminal that is written over and leaves nothing behind; silent where there is no terminal.</summary>
internal sealed class StatusLine(CliHost host)
{
    private int _shownColumns;

    public bool IsShown => host.ShowsProgress;

    /// <summary>Columns that a text leaves free.</summary>
    public int Room(string text) => Math.Max(1, host.Width() - 1) - text.Sum(Columns);

    public void Show(string text)
    {
        if (host.ShowsProgress)
        {
            var (clipped, columns) = Clip(text, Math.Max(1, host.Width() - 1));
            host.Error.Write($"\r{clipped}{new string(' ', Math.Max(0, _shownColumns - columns))}");
            _shownColumns = columns;
        }
    }

    public void Clear()
    {
        if (_shownColumns > 0)
        {
            Show("");
            host.Error.Write('\r');
        }
    }

    private static (string Text, int Columns) Clip(string text, int limit)
    {
        var columns = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var width = Columns(text[i]);
            if (columns + width > limit)
            {
                return (text[..i], columns);
            }

            columns += width;
        }

        return (text, columns);
    }

    /// <summary>Letters of East Asia take two columns.</summary>
    private static int Columns(char letter) => letter >= '\u1100' ? 2 : 1;
}
