using Belong.ConsentService.Cache;
using Belong.ConsentService.Rules;
using BenchmarkDotNet.Attributes;

namespace Belong.ConsentService.Benchmarks;

/// <summary>The value format of a member in Redis alone.</summary>
public class MemberValueBenchmarks
{
    private readonly MemberFacts _plainFacts = Examples.Plain;
    private readonly MemberFacts _typicalFacts = Examples.Typical;
    private readonly MemberFacts _heavyFacts = Examples.Heavy;
    private readonly byte[] _plain = MemberValue.Encode(Examples.MemberId, Examples.Plain);
    private readonly byte[] _typical = MemberValue.Encode(Examples.MemberId, Examples.Typical);
    private readonly byte[] _heavy = MemberValue.Encode(Examples.MemberId, Examples.Heavy);

    [Benchmark(Description = "value of a plain member: read")]
    public MemberFacts ReadPlain() => Read(_plain);

    [Benchmark(Description = "value of a member with an opt-out and a consent: read")]
    public MemberFacts ReadTypical() => Read(_typical);

    [Benchmark(Description = "value of a member with 41 records: read")]
    public MemberFacts ReadHeavy() => Read(_heavy);

    [Benchmark(Description = "value of a plain member: written")]
    public byte[] WritePlain() => MemberValue.Encode(Examples.MemberId, _plainFacts);

    [Benchmark(Description = "value of a member with an opt-out and a consent: written")]
    public byte[] WriteTypical() => MemberValue.Encode(Examples.MemberId, _typicalFacts);

    [Benchmark(Description = "value of a member with 41 records: written")]
    public byte[] WriteHeavy() => MemberValue.Encode(Examples.MemberId, _heavyFacts);

    private static MemberFacts Read(byte[] value) =>
        MemberValue.TryDecode(Examples.MemberId, value, out var facts) && facts is not null ? facts : throw new InvalidOperationException("the value does not decode");
}
