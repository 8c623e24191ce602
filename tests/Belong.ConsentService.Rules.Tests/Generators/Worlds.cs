using System.Text.Json;
using System.Text.Json.Serialization;
using Belong.ConsentService.Rules.Tests.Model;
using CsCheck;
using static Belong.ConsentService.Rules.Tests.Generators.Basics;

namespace Belong.ConsentService.Rules.Tests.Generators;

/// <summary>Requests and facts, all kinds and most rules alike often.</summary>
internal static class Worlds
{
    private static readonly JsonSerializerOptions Options = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new InstantAsText(), new JsonStringEnumConverter() },
    };

    private static readonly Gen<TimeSpan> Age = Gen.Frequency(
        (12, Gen.Const(TimeSpan.Zero)),
        (1, OneOf(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60).Add(TimeSpan.FromTicks(1)), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(15).Add(TimeSpan.FromTicks(1)))));

    public static readonly Gen<World> Any = Gen.Select(
        Requests.Any, Requests.Grant, Gen.Frequency((60, Gen.Const(true)), (1, Gen.Const(false))), Age, Members.Member,
        Vendors.All, Policies.Versions, Policies.Determinations,
        (asked, grant, isReadable, age, member, vendors, policies, determinations) => new World(
            asked.Request, grant, asked.Clock, isReadable, age, asked.Request.MemberId == Members.Id ? member : null, vendors, policies, determinations));

    /// <summary>As any, but asked live at <see cref="Now"/> by a caller who may ask all, with fresh facts.</summary>
    public static readonly Gen<World> Live = Any.Select(world => world with
    {
        Request = world.Request with { Mode = Mode.Live, At = null, Fault = null },
        Grant = new Grant(0x0F, new PurposeSet(0xFF), true),
        Clock = Now,
        IsReadable = true,
        Age = TimeSpan.Zero,
    });

    public static Decision Decide(World world)
    {
        var admission = Evaluator.Admit(world.Request, world.Grant, world.Clock);
        return Evaluator.Decide(admission, Facts(world), FreshnessBounds.Default);
    }

    public static FactsView Facts(World world) =>
        world.IsReadable ? new FactsView(true, world.Age, world.Member, world.Register) : FactsView.Unreadable;

    public static string Print(World world) => JsonSerializer.Serialize(world, Options);

    private sealed class InstantAsText : JsonConverter<Instant>
    {
        public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Instant.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
