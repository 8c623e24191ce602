using System.Text.Json;
using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Tests.Cache;

/// <summary>
/// The bytes of format 1. A change that breaks these needs a new format byte, and the old bytes stay
/// readable or count as misses.
/// </summary>
public sealed class MemberValueGoldenTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Cache", "Golden");

    public static TheoryData<string> Names => [.. GoldenMembers.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_bytes_of_a_member_do_not_change(string name) =>
        Assert.Equal(Read(name), Convert.ToHexStringLower(MemberValue.Encode(name, GoldenMembers.All[name])));

    [Theory]
    [MemberData(nameof(Names))]
    public void The_bytes_once_written_are_still_read(string name)
    {
        Assert.True(MemberValue.TryDecode(name, Convert.FromHexString(Read(name)), out var facts));
        Assert.Equal(JsonSerializer.Serialize(GoldenMembers.All[name]), JsonSerializer.Serialize(facts));
    }

    private static string Read(string name) => File.ReadAllText(Path.Combine(Folder, $"member-{name}.hex")).Trim();
}
