using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;
using CsCheck;

namespace Belong.ConsentService.Tests.Cache;

public sealed class RegisterValueTests
{
    private static readonly Instant Start = Instant.Parse("2026-04-01T00:00:00Z");

    private static readonly RegisterRecords Records = new(
        7,
        [
            new Vendor
            {
                Id = "carrier", Name = "運送", Relations = VendorRelations.Contractor, Status = VendorStatus.Active, Country = "JP",
                Contracts = [new Contract(Start, null, true)], SupervisionDue = Start,
                Delegations = [new Delegation("delivery", PurposeSet.Of(Purpose.ServiceDelivery), ItemSet.Of(Item.Name, Item.Address))],
            },
        ],
        [
            new PolicyVersion("v2", Start, Start, PolicyChange.Related, new PurposeSet(255), true),
            new PolicyVersion("v1", Start, null, PolicyChange.Initial, new PurposeSet(127), false),
            new PolicyVersion("never", null, null, PolicyChange.Expansion, new PurposeSet(1), false),
        ],
        [new Determination("d1", true, true, Start, null, "board")]);

    [Fact]
    public void The_register_is_read_as_it_was_written()
    {
        Assert.True(RegisterValue.TryDecode(RegisterValue.Encode(Records), out var register));

        Assert.Equal(7, register.Version);
        Assert.Equal(FactsJson.Write(Records.Vendors[0]), FactsJson.Write(register.FindVendor("carrier")!));
        Assert.Equal(Records.Determinations[0], register.FindDetermination("d1"));
    }

    [Fact]
    public void Of_equal_starts_the_version_recorded_later_stays_the_newer()
    {
        Assert.True(RegisterValue.TryDecode(RegisterValue.Encode(Records), out var register));

        Assert.Equal(["v2", "v1"], register.PolicyVersions.Select(policy => policy.Id));
    }

    [Fact]
    public void A_damaged_register_does_not_decode() => Gen.Int[0, int.MaxValue].Sample(
        where =>
        {
            var value = RegisterValue.Encode(Records);
            value[where / 8 % value.Length] ^= (byte)(1 << (where % 8));
            Assert.False(RegisterValue.TryDecode(value, out _));
            Assert.False(RegisterValue.TryDecode(value.AsSpan(0, where % value.Length), out _));
        },
        iter: 5_000);

    [Fact]
    public void Random_bytes_are_no_register() =>
        Gen.Byte.Array[0, 200].Sample(bytes => Assert.False(RegisterValue.TryDecode(bytes, out _)), iter: 20_000);
}
