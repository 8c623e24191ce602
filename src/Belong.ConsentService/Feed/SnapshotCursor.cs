using System.Globalization;
using System.Text;

namespace Belong.ConsentService.Feed;

/// <summary>
/// A snapshot of PostgreSQL (<c>xmin:xmax:xip,..</c>): which transactions it sees. As the feed's cursor
/// it says what Redis contains; it loses no transaction that commits late and waits for none.
/// </summary>
public sealed class SnapshotCursor
{
    /// <summary>More transactions than any server runs at once: a longer text is not a snapshot.</summary>
    private const int MaxInProgress = 300_000;

    private readonly ulong[] _inProgress;

    private SnapshotCursor(ulong xmin, ulong xmax, ulong[] inProgress)
    {
        Xmin = xmin;
        Xmax = xmax;
        _inProgress = inProgress;
    }

    /// <summary>Sees no transaction.</summary>
    public static SnapshotCursor Nothing { get; } = new(1, 1, []);

    public ulong Xmin { get; }

    /// <summary>The first transaction id not yet given out, or given to one that had not ended.</summary>
    public ulong Xmax { get; }

    /// <summary>The transactions in progress, ascending.</summary>
    public ReadOnlySpan<ulong> InProgress => _inProgress;

    public static bool TryParse(ReadOnlySpan<char> text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SnapshotCursor? cursor)
    {
        cursor = null;
        var first = text.IndexOf(':');
        var second = first < 0 ? -1 : text[(first + 1)..].IndexOf(':') + first + 1;
        if (second <= first
            || !TryParseXid(text[..first], out var xmin)
            || !TryParseXid(text[(first + 1)..second], out var xmax)
            || xmin > xmax
            || !TryParseInProgress(text[(second + 1)..], xmin, xmax, out var inProgress))
        {
            return false;
        }

        cursor = new SnapshotCursor(xmin, xmax, inProgress);
        return true;
    }

    /// <summary>A snapshot of these parts; false when there is none such.</summary>
    /// <param name="inProgress">Ascending; kept as it is.</param>
    public static bool TryCreate(ulong xmin, ulong xmax, ulong[] inProgress, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SnapshotCursor? cursor)
    {
        cursor = null;
        if (xmin == 0 || xmin > xmax || inProgress.Length > MaxInProgress)
        {
            return false;
        }

        for (var i = 0; i < inProgress.Length; i++)
        {
            if (inProgress[i] < xmin || inProgress[i] >= xmax || (i > 0 && inProgress[i] <= inProgress[i - 1]))
            {
                return false;
            }
        }

        cursor = new SnapshotCursor(xmin, xmax, inProgress);
        return true;
    }

    public static SnapshotCursor Parse(string text) =>
        TryParse(text, out var cursor) ? cursor : throw new FormatException($"'{text}' is not a snapshot such as 10:20:10,14");

    /// <summary>True when a transaction is seen: it had ended.</summary>
    public bool Sees(ulong xid) => xid < Xmax && Array.BinarySearch(_inProgress, xid) < 0;

    /// <summary>True when everything that <paramref name="other"/> sees is seen by this too.</summary>
    public bool Covers(SnapshotCursor other)
    {
        if (Xmax < other.Xmax)
        {
            return false;
        }

        foreach (var xid in _inProgress)
        {
            if (xid < other.Xmax && Array.BinarySearch(other._inProgress, xid) < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A cursor that sees none of the last <paramref name="xids"/> transactions, to read them again.</summary>
    internal SnapshotCursor Rewind(ulong xids)
    {
        var xmax = Xmax > xids ? Xmax - xids : 1;
        return new SnapshotCursor(Math.Min(Xmin, xmax), xmax, Array.FindAll(_inProgress, xid => xid < xmax));
    }

    /// <summary>The transactions in progress, for the query that looks for those that have ended since.</summary>
    internal ulong[] CopyInProgress() => [.. _inProgress];

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Xmin}:{Xmax}:");
        for (var i = 0; i < _inProgress.Length; i++)
        {
            if (i > 0)
            {
                text.Append(',');
            }

            text.Append(_inProgress[i]);
        }

        return text.ToString();
    }

    private static bool TryParseInProgress(ReadOnlySpan<char> text, ulong xmin, ulong xmax, out ulong[] inProgress)
    {
        inProgress = [];
        if (text.IsEmpty)
        {
            return true;
        }

        var count = text.Count(',') + 1;
        if (count > MaxInProgress)
        {
            return false;
        }

        inProgress = new ulong[count];
        var next = 0;
        foreach (var part in text.Split(','))
        {
            if (!TryParseXid(text[part], out var xid) || xid < xmin || xid >= xmax || (next > 0 && xid <= inProgress[next - 1]))
            {
                return false;
            }

            inProgress[next++] = xid;
        }

        return true;
    }

    private static bool TryParseXid(ReadOnlySpan<char> text, out ulong xid) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out xid) && xid > 0;
}
