using System.Numerics;

namespace Belong.ConsentService.Rules;

/// <summary>The data items of a member.</summary>
public enum Item : byte
{
    Name = 1,
    Sex = 2,
    Address = 3,
    BirthDate = 4,
    Phone = 5,
    Email = 6,
    Occupation = 7,
    AppUserName = 8,
    AppUserId = 9,
    UsageHistory = 10,
    BehaviorHistory = 11,
    Age = 12,
    AddressPrefecture = 13,
    CookieId = 14,
}

/// <summary>A set of data items: bit n-1 stands for item n.</summary>
public readonly record struct ItemSet(ushort Bits)
{
    /// <summary>The items that §5-1 publishes for anonymised data.</summary>
    public static readonly ItemSet PublishedAnonymised =
        Of(Item.Age, Item.Sex, Item.AddressPrefecture, Item.UsageHistory, Item.BehaviorHistory);

    public bool IsEmpty => Bits == 0;

    public int Count => BitOperations.PopCount(Bits);

    public static ItemSet Of(params ReadOnlySpan<Item> items)
    {
        var set = new ItemSet();
        foreach (var item in items)
        {
            set = set.With(item);
        }

        return set;
    }

    public static bool IsKnown(int number) => number is >= 1 and <= 14;

    public bool Contains(Item item) => (Bits & (1 << ((int)item - 1))) != 0;

    public ItemSet With(Item item) => new((ushort)(Bits | (1 << ((int)item - 1))));

    public ItemSet Union(ItemSet other) => new((ushort)(Bits | other.Bits));

    public ItemSet Intersect(ItemSet other) => new((ushort)(Bits & other.Bits));

    public ItemSet Except(ItemSet other) => new((ushort)(Bits & ~other.Bits));

    public BitEnumerator<Item> GetEnumerator() => new(Bits);
}
