namespace Belong.ConsentService.Rules;

/// <summary>What a caller may ask (rule 2).</summary>
/// <param name="Kinds">Bit n-1 stands for kind n.</param>
public sealed record Grant(byte Kinds, PurposeSet Purposes, bool MayClaimExceptions)
{
    public static Grant For(IEnumerable<Kind> kinds, PurposeSet purposes, bool mayClaimExceptions)
    {
        byte bits = 0;
        foreach (var kind in kinds)
        {
            bits |= (byte)(1 << ((int)kind - 1));
        }

        return new Grant(bits, purposes, mayClaimExceptions);
    }

    public bool Allows(Kind kind) => (Kinds & (1 << ((int)kind - 1))) != 0;
}
