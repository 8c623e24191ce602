using CsCheck;

namespace Belong.ConsentService.Rules.Tests.Generators;

/// <summary>Small values: instants around the judged one, sets, flags that are seldom up.</summary>
internal static class Basics
{
    /// <summary>The instant that nearly every generated request is judged at.</summary>
    public static readonly Instant Now = Instant.Parse("2026-04-01T00:00:00Z");

    public static readonly Instant[] Boundary =
    [
        After(TimeSpan.FromDays(-400)), After(TimeSpan.FromDays(-30)), After(TimeSpan.FromSeconds(-1)),
        new(Now.UnixNanoseconds - 1), Now, new(Now.UnixNanoseconds + 1),
        After(TimeSpan.FromSeconds(30)), After(TimeSpan.FromMinutes(5)), After(TimeSpan.FromDays(400)),
        Instant.Earliest, After(TimeSpan.FromDays(40_000)),
    ];

    public static readonly Gen<Instant> AnyInstant = OneOf(Boundary);

    public static readonly Gen<Instant?> AnyTime = Gen.Frequency((1, Gen.Const((Instant?)null)), (8, Nullable(AnyInstant)));

    /// <summary>Mostly past.</summary>
    public static readonly Gen<Instant?> Start = Gen.Frequency((6, Nullable(OneOf(Boundary[..3]))), (2, AnyTime));

    /// <summary>Mostly open.</summary>
    public static readonly Gen<Instant?> End = Gen.Frequency((6, Gen.Const((Instant?)null)), (1, AnyTime));

    /// <summary>Mostly to come, as a null is overdue.</summary>
    public static readonly Gen<Instant?> Due = Gen.Frequency((8, Nullable(OneOf(Boundary[6..9]))), (1, AnyTime));

    public static readonly Gen<bool> Mostly = Gen.Frequency((9, Gen.Const(true)), (1, Gen.Const(false)));

    public static readonly Gen<bool> Seldom = Gen.Frequency((1, Gen.Const(true)), (9, Gen.Const(false)));

    public static readonly Gen<PurposeSet> SomePurposes = Gen.Byte.Select(bits => new PurposeSet(bits));

    public static readonly Gen<PurposeSet> ManyPurposes = Gen.Frequency(
        (4, Gen.Const(new PurposeSet(0xFF))), (1, SomePurposes), (1, Gen.Select(SomePurposes, SomePurposes, (a, b) => new PurposeSet((byte)(a.Bits | b.Bits)))));

    /// <summary>The items of the cases, so that sets meet often.</summary>
    public static readonly Gen<ItemSet> SomeItems = OneOf(Item.Name, Item.Address, Item.Phone, Item.Email, Item.Age, Item.CookieId)
        .Array[0, 4].Select(items => ItemSet.Of(items));

    public static readonly Gen<ItemSet> ManyItems = Gen.Frequency(
        (3, Gen.Const(ItemSet.Of(Item.Name, Item.Address, Item.Phone, Item.Email, Item.Age))), (2, SomeItems), (1, Gen.Const(new ItemSet(0x3FFF))));

    public static readonly Gen<Channel> AnyChannel = Gen.Int[1, 5].Select(number => (Channel)number);

    public static readonly Gen<ChannelSet> SomeChannels = Gen.Frequency(
        (1, Gen.Const(ChannelSet.All)), (2, AnyChannel.Array[0, 3].Select(channels => ChannelSet.Of(channels))));

    public static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    public static Gen<string?> Optional(string value) =>
        Gen.Frequency((8, Gen.Const((string?)value)), (1, Gen.Const((string?)null)), (1, Gen.Const((string?)"")));

    public static Gen<T[]> Few<T>(Gen<T> entry) => Gen.Frequency((6, Gen.Const(Array.Empty<T>())), (2, entry.Array[1]), (1, entry.Array[2, 3]));

    private static Gen<Instant?> Nullable(Gen<Instant> gen) => gen.Select(instant => (Instant?)instant);

    private static Instant After(TimeSpan span) => Now.Plus(span);
}
