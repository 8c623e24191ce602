namespace Belong.ConsentService.Testing.Mix;

/// <summary>
/// Chance that gives the same in every version of .NET (SplitMix64), so that a seed names the same members for ever.
/// </summary>
internal sealed class Dice(int seed, int index)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state = Scramble(((ulong)(uint)seed << 32) | (uint)index);

    public int Below(int bound) => (int)(Next() % (uint)bound);

    public bool Happens(int perMille) => Below(1_000) < perMille;

    public T Pick<T>(IReadOnlyList<T> values) => values[Below(values.Count)];

    /// <summary>One to <paramref name="most"/> different values, in the order given.</summary>
    public List<T> PickSome<T>(IReadOnlyList<T> values, int most)
    {
        var left = 1 + Below(most);
        var picked = new List<T>(left);
        for (var at = 0; left > 0; at++)
        {
            if (Below(values.Count - at) < left)
            {
                picked.Add(values[at]);
                left--;
            }
        }

        return picked;
    }

    private static ulong Scramble(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private ulong Next() => Scramble(_state += Golden);
}
