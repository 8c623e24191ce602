using Belong.ConsentService.Access;
using Belong.ConsentService.Access.Grants;

namespace Belong.ConsentService.Tests.Access;

/// <summary>Keys whose hashes begin alike, as nobody can make them on purpose.</summary>
public class KeyTableTests
{
    private readonly Caller _one = new("one");
    private readonly Caller _other = new("other");

    [Theory]
    [InlineData(8)]
    [InlineData(31)]
    public void All_of_a_hash_counts(int differing)
    {
        var table = new KeyTable([(Hash(differing, 1), _one), (Hash(differing, 2), _other)]);
        Assert.Same(_one, table.Find(Hash(differing, 1)));
        Assert.Same(_other, table.Find(Hash(differing, 2)));
        Assert.Null(table.Find(Hash(differing, 3)));
    }

    private static byte[] Hash(int place, byte value)
    {
        var hash = new byte[32];
        hash[place] = value;
        return hash;
    }
}
