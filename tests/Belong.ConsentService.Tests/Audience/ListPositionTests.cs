using Belong.ConsentService.Audience;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Rules;
using CsCheck;

namespace Belong.ConsentService.Tests.Audience;

public sealed class ListPositionTests
{
    private static readonly ListPosition Position = new(
        "abc27", SnapshotCursor.Parse("4294967296:4294967400:4294967296,4294967301,4294967399"), Instant.Parse("2026-04-01T00:00:00.123456789Z"), new RegisterSeen(300, 0x0123_4567_89AB_CDEF));

    private static readonly Gen<SnapshotCursor> GenSnapshot =
        from xmin in Gen.OneOf(Gen.ULong[1, 300], Gen.ULong[1UL << 40, 1UL << 62])
        from steps in Gen.OneOf(Gen.ULong[1, 5], Gen.ULong[1, 1UL << 33]).Array[0, 30]
        let xids = steps.Select((_, i) => xmin + steps.Take(i + 1).Aggregate(0UL, (sum, step) => sum + step) - steps[0])
        select SnapshotCursor.Parse($"{xmin}:{xids.LastOrDefault(xmin) + 1}:{string.Join(',', xids)}");

    private static readonly Gen<ListPosition> GenPosition =
        Gen.Select(Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz234567"], 5, 5], GenSnapshot, Gen.Long, Gen.Long[0, long.MaxValue], Gen.ULong, (generation, snapshot, at, version, print) =>
            new ListPosition(generation, snapshot, new Instant(at), new RegisterSeen(version, print)));

    [Fact]
    public void A_position_reads_back_as_it_was_written() => GenPosition.Sample(
        position =>
        {
            Assert.True(ListPosition.TryParse(position.ToString(), out var read));
            Assert.Equal(position.Snapshot.ToString(), read.Snapshot.ToString());
            Assert.Equal(position, read with { Snapshot = position.Snapshot });
        },
        iter: 20_000);

    [Fact]
    public void The_form_of_a_position_does_not_change_between_versions() =>
        Assert.Equal("AWFiYzI3GKISjQsbzRUBI0VniavN76wCgICAgBBoAwAFYjARvS-FUY5H", Position.ToString());

    [Fact]
    public void A_position_with_any_one_bit_changed_is_refused() => GenPosition.Sample(
        position =>
        {
            var text = position.ToString();
            for (var i = 0; i < text.Length * 16; i++)
            {
                var changed = text.ToCharArray();
                changed[i / 16] ^= (char)(1 << (i % 16));
                Assert.False(ListPosition.TryParse(changed, out _), $"bit {i}");
            }
        },
        iter: 100);

    [Fact]
    public void A_position_with_any_one_character_changed_added_or_left_out_is_refused()
    {
        var text = Position.ToString();
        for (var i = 0; i <= text.Length; i++)
        {
            foreach (var other in "Az09-_ =é")
            {
                Assert.False(ListPosition.TryParse(text[..i] + other + text[i..], out _), $"added at {i}");
                Assert.False(i < text.Length && other != text[i] && ListPosition.TryParse(text[..i] + other + text[(i + 1)..], out _), $"changed at {i}");
            }

            Assert.False(i < text.Length && ListPosition.TryParse(text[..i] + text[(i + 1)..], out _), $"left out at {i}");
            Assert.False(i < text.Length && ListPosition.TryParse(text.AsSpan(0, i), out _), $"cut at {i}");
        }
    }

    [Fact]
    public void Random_text_is_refused_and_never_throws()
    {
        Gen.String.Sample(text => Assert.False(ListPosition.TryParse(text, out _)), iter: 20_000);
        Gen.Byte.Array[0, 200].Sample(bytes => Assert.False(ListPosition.TryParse(System.Buffers.Text.Base64Url.EncodeToString(bytes), out _)), iter: 20_000);
        Assert.False(ListPosition.TryParse(new string('A', ListPosition.MaxTextLength), out _));
        Assert.False(ListPosition.TryParse(new string('A', 10_000_000), out _));
    }

    /// <summary>The checksum is right, and what it is of is not.</summary>
    [Theory]
    [InlineData("02")]
    [InlineData("0161626332370000000000000000000000000000000000")]
    [InlineData("016162633237000000000000000000000000000000000000000000")]
    [InlineData("01616263323700000000000000000000000000000000000A00D10F")]
    [InlineData("01616263323700000000000000000000000000000000000A050105")]
    [InlineData("01616263323700000000000000000000000000000000000A050200")]
    [InlineData("01616263323700000000000000000000000000000000000A05020000")]
    [InlineData("01616263323700000000000000000000000000000000000A0500FF")]
    [InlineData("016162633237000000000000000000000000000000000080000A0500")]
    [InlineData("02616263323700000000000000000000000000000000000A0500")]
    [InlineData("01616207323700000000000000000000000000000000000A0500")]
    public void What_was_sealed_and_is_no_position_is_refused(string hex)
    {
        var body = Convert.FromHexString(hex);
        byte[] bytes = [.. body, .. System.Security.Cryptography.SHA256.HashData(body)[..8]];
        Assert.False(ListPosition.TryParse(System.Buffers.Text.Base64Url.EncodeToString(bytes), out _));
    }

    [Fact]
    public void What_was_sealed_and_is_a_position_is_read()
    {
        var body = Convert.FromHexString("01616263323700000000000000000000000000000000000A0500");
        byte[] bytes = [.. body, .. System.Security.Cryptography.SHA256.HashData(body)[..8]];
        Assert.True(ListPosition.TryParse(System.Buffers.Text.Base64Url.EncodeToString(bytes), out var read));
        Assert.Equal("10:15:", read.Snapshot.ToString());
    }

    [Theory]
    [InlineData(2_000, true)]
    [InlineData(2_001, false)]
    [InlineData(300_000, false)]
    public void With_too_many_transactions_in_progress_it_covers_less_and_never_more(int count, bool isWhole)
    {
        var xids = Enumerable.Range(0, count).Select(i => 1_000UL + ((ulong)i * (1UL << 30)));
        var snapshot = SnapshotCursor.Parse($"1000:{xids.Last() + 1}:{string.Join(',', xids)}");
        var text = (Position with { Snapshot = snapshot }).ToString();
        Assert.True(ListPosition.TryParse(text, out var read));
        Assert.True(snapshot.Covers(read.Snapshot), "it covers what was not judged");
        Assert.Equal(isWhole, read.Snapshot.Covers(snapshot));
        Assert.True(text.Length <= ListPosition.MaxTextLength);
    }

    [Theory]
    [InlineData(7, 1, 7, 1, true)]
    [InlineData(7, 1, 8, 1, true)]
    [InlineData(7, 1, 9, 1, false)]
    [InlineData(7, 1, 6, 1, false)]
    [InlineData(7, 1, 7, 2, false)]
    [InlineData(7, 1, 8, 2, false)]
    [InlineData(0, 0, 0, 0, false)]
    public void A_register_is_the_same_when_nothing_can_have_been_recorded_and_taken_back(long version, ulong print, long laterVersion, ulong laterPrint, bool isSame) =>
        Assert.Equal(isSame, new RegisterSeen(version, print).IsUnchangedIn(new RegisterSeen(laterVersion, laterPrint)));
}
