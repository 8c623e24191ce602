using System.Text.Json;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Rules;
using CsCheck;

namespace Belong.ConsentService.Tests.Cache;

public sealed class MemberValueTests
{
    private static readonly MemberFacts Plain = new()
    {
        Version = 1,
        AcquiredPolicyVersion = "v1",
        ServiceUses = [Instant.Parse("2026-10-01T09:00:00Z")],
    };

    [Fact]
    public void A_plain_member_takes_about_20_bytes() => Assert.InRange(MemberValue.Encode("m0000001", Plain).Length, 10, 20);

    [Fact]
    public void Whatever_is_encoded_is_decoded_again() => Gen.Select(MemberFactsGen.Facts, Gen.String[Gen.Char[' ', '~'], 1, 64]).Sample(
        (facts, id) =>
        {
            Assert.True(MemberValue.TryDecode(id, MemberValue.Encode(id, facts), out var decoded));
            Assert.Equal(JsonSerializer.Serialize(facts), JsonSerializer.Serialize(decoded));
        },
        iter: 20_000);

    [Fact]
    public void That_there_is_no_such_member_can_be_said()
    {
        Assert.True(MemberValue.TryDecode("m1", MemberValue.Encode("m1", null), out var facts));
        Assert.Null(facts);
    }

    [Fact]
    public void Facts_that_could_not_be_read_never_decode() =>
        Assert.False(MemberValue.TryDecode("m1", MemberValue.EncodeUnreadable("m1", 7), out _));

    [Fact]
    public void A_value_under_the_key_of_another_member_does_not_decode() =>
        Assert.False(MemberValue.TryDecode("m2", MemberValue.Encode("m1", Plain), out _));

    [Fact]
    public void Ids_of_records_are_not_carried()
    {
        var facts = Plain with { DmOptOuts = [new DmOptOut("r1", ChannelSet.All, null, null)] };

        Assert.True(MemberValue.TryDecode("m1", MemberValue.Encode("m1", facts), out var decoded));

        Assert.Equal([new DmOptOut(null, ChannelSet.All, null, null)], decoded!.DmOptOuts);
    }

    [Fact]
    public void A_cut_or_lengthened_value_does_not_decode() => MemberFactsGen.Facts.Sample(
        facts =>
        {
            var value = MemberValue.Encode("m1", facts);
            for (var length = 0; length < value.Length; length++)
            {
                Assert.False(MemberValue.TryDecode("m1", value.AsSpan(0, length), out _));
            }

            Assert.False(MemberValue.TryDecode("m1", [.. value, 0], out _));
        },
        iter: 500);

    [Fact]
    public void A_flipped_bit_is_noticed() => Gen.Select(MemberFactsGen.Facts, Gen.Int[0, int.MaxValue]).Sample(
        (facts, where) =>
        {
            var value = MemberValue.Encode("m1", facts);
            value[where / 8 % value.Length] ^= (byte)(1 << (where % 8));
            Assert.False(MemberValue.TryDecode("m1", value, out _));
        },
        iter: 20_000);

    [Fact]
    public void Random_bytes_never_throw() => Gen.Byte.Array[0, 200].Sample(
        bytes =>
        {
            Assert.False(MemberValue.TryDecode("m1", bytes, out _));
            MemberValue.TryDecodeContent(bytes, out _);
        },
        iter: 50_000);

    [Fact]
    public void Mutated_content_never_throws_nor_leaves_a_hole_in_the_facts() =>
        Gen.Select(MemberFactsGen.Facts, Gen.Int[0, int.MaxValue].Array[1, 4], Gen.Byte.Array[4], Gen.Int[0, 20]).Sample(
            (facts, places, bytes, cut) =>
            {
                var content = MemberValue.Encode("m1", facts)[1..^4];
                for (var i = 0; i < places.Length; i++)
                {
                    content[places[i] % content.Length] = bytes[i];
                }

                if (MemberValue.TryDecodeContent(content.AsSpan(0, Math.Max(0, content.Length - cut)), out var decoded) && decoded is not null)
                {
                    // What decodes is whole: it encodes again.
                    MemberValue.Encode("m1", decoded);
                }
            },
            iter: 50_000);

    [Fact]
    public void A_count_beyond_the_bytes_left_allocates_nothing()
    {
        // Version 1, consents, 2^30 of them.
        byte[] content = [1, 4, 0x80, 0x80, 0x80, 0x80, 4];
        MemberValue.TryDecodeContent(content, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.False(MemberValue.TryDecodeContent(content, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }
}
