using System.Numerics;
using System.Runtime.CompilerServices;

namespace Belong.ConsentService.Rules;

/// <summary>Walks a set in ascending order without allocating: bit n-1 stands for the value n.</summary>
/// <typeparam name="T">An enum over a byte.</typeparam>
public struct BitEnumerator<T>(uint bits)
    where T : struct, Enum
{
    private uint _rest = bits;

    public T Current { get; private set; }

    public bool MoveNext()
    {
        if (_rest == 0)
        {
            return false;
        }

        Current = Unsafe.BitCast<byte, T>((byte)(BitOperations.TrailingZeroCount(_rest) + 1));
        _rest &= _rest - 1;
        return true;
    }
}
