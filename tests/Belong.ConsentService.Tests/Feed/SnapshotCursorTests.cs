using Belong.ConsentService.Feed;
using CsCheck;

namespace Belong.ConsentService.Tests.Feed;

public sealed class SnapshotCursorTests
{
    // The last transaction below xmax has always ended: that is what sets xmax.
    private static readonly Gen<SnapshotCursor> GenCursor =
        from xmin in Gen.ULong[1, 30]
        from length in Gen.ULong[0, 12]
        from bits in Gen.UShort
        let xips = Enumerable.Range(0, Math.Max(0, (int)length - 1)).Where(i => (bits & (1 << i)) != 0).Select(i => xmin + (ulong)i)
        select SnapshotCursor.Parse($"{xmin}:{xmin + length}:{string.Join(',', xips)}");

    [Fact]
    public void Covering_means_that_everything_seen_by_the_other_is_seen() => Gen.Select(GenCursor, GenCursor).Sample(
        (left, right) => left.Covers(right) == Ids.All(xid => !right.Sees(xid) || left.Sees(xid)),
        iter: 100_000);

    [Fact]
    public void A_cursor_sees_what_ended_below_its_end() => GenCursor.Sample(
        cursor => Ids.All(xid => cursor.Sees(xid) == (xid < cursor.Xmax && !cursor.InProgress.Contains(xid))));

    [Fact]
    public void A_cursor_is_read_as_it_was_written() =>
        GenCursor.Sample(cursor => SnapshotCursor.Parse(cursor.ToString()).ToString() == cursor.ToString());

    [Fact]
    public void A_rewound_cursor_is_covered_and_sees_none_of_the_last() => Gen.Select(GenCursor, Gen.ULong[0, 50]).Sample(
        (cursor, xids) =>
        {
            var rewound = cursor.Rewind(xids);
            return cursor.Covers(rewound) && Ids.All(xid => xid + xids < cursor.Xmax || !rewound.Sees(xid))
                && Ids.All(xid => xid + xids >= cursor.Xmax || rewound.Sees(xid) == cursor.Sees(xid));
        },
        iter: 20_000);

    [Theory]
    [InlineData("10:20:10,14")]
    [InlineData("10:10:")]
    [InlineData("18446744073709551614:18446744073709551615:18446744073709551614")]
    public void The_text_of_PostgreSQL_is_read(string text) => Assert.Equal(text, SnapshotCursor.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("10:20")]
    [InlineData(":20:")]
    [InlineData("10::")]
    [InlineData("0:20:")]
    [InlineData("20:10:")]
    [InlineData("10:20:9")]
    [InlineData("10:20:20")]
    [InlineData("10:20:14,12")]
    [InlineData("10:20:12,12")]
    [InlineData("10:20:12,")]
    [InlineData("10:20: 12")]
    [InlineData("+10:20:")]
    [InlineData("10:20:12:")]
    [InlineData("18446744073709551616:18446744073709551617:")]
    public void Anything_else_is_refused(string text) => Assert.False(SnapshotCursor.TryParse(text, out _));

    [Fact]
    public void Random_text_never_throws() =>
        Gen.String["0123456789:,- "].Sample(
            text => Assert.Equal(SnapshotCursor.TryParse(text, out var cursor), cursor is not null), iter: 50_000);

    private static IEnumerable<ulong> Ids => Enumerable.Range(1, 60).Select(xid => (ulong)xid);
}
