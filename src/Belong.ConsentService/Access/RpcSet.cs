namespace Belong.ConsentService.Access;

/// <summary>RPCs as bits.</summary>
public readonly record struct RpcSet(uint Bits)
{
    public static RpcSet All { get; } = Of(Enum.GetValues<Rpc>());

    public static RpcSet Of(IEnumerable<Rpc> rpcs) => new(rpcs.Aggregate(0u, (bits, rpc) => bits | (1u << (int)rpc)));

    public bool Contains(Rpc rpc) => (Bits & (1u << (int)rpc)) != 0;
}
