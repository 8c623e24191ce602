using System.Numerics;

namespace Belong.ConsentService.Rules;

/// <summary>A set of reasons in one word: each reason has a bit, by ascending number, so that walking the bits lists them in order.</summary>
public readonly record struct ReasonSet(ulong Bits)
{
    private static readonly Reason[] ByBit = Enum.GetValues<Reason>();
    private static readonly byte[] BitOf = IndexByNumber();

    public bool IsEmpty => Bits == 0;

    public int Count => BitOperations.PopCount(Bits);

    /// <summary>The reason with the lowest number.</summary>
    public Reason Primary => ByBit[BitOperations.TrailingZeroCount(Bits)];

    public static ReasonSet Of(Reason reason) => new(1UL << BitOf[(int)reason]);

    public bool Contains(Reason reason) => (Bits & (1UL << BitOf[(int)reason])) != 0;

    public ReasonSet With(Reason reason) => new(Bits | (1UL << BitOf[(int)reason]));

    public ReasonSet Union(ReasonSet other) => new(Bits | other.Bits);

    public Enumerator GetEnumerator() => new(Bits);

    private static byte[] IndexByNumber()
    {
        var index = new byte[256];
        for (var bit = 0; bit < ByBit.Length; bit++)
        {
            index[(int)ByBit[bit]] = (byte)bit;
        }

        return index;
    }

    /// <summary>Walks the reasons in ascending order without allocating.</summary>
    public struct Enumerator(ulong bits)
    {
        private ulong _rest = bits;

        public Reason Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest == 0)
            {
                return false;
            }

            Current = ByBit[BitOperations.TrailingZeroCount(_rest)];
            _rest &= _rest - 1;
            return true;
        }
    }
}
