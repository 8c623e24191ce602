using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Google.Protobuf.WellKnownTypes;
using Option = System.CommandLine.Option;

namespace Belong.ConsentService.Cli.Records;

/// <summary>When a fact starts to hold: <c>--at</c>, <c>--at-unknown</c>, or neither for now.</summary>
internal sealed class StartOptions
{
    private readonly Option<Timestamp?> _at = Opt.Time(
        "--at", "When it starts: a restriction when it was received, a permission when it was verified. Left out: now.");

    private readonly Option<bool> _unknown = Opt.Flag(
        "--at-unknown", "The start is not on record: a restriction has begun, a permission never begins.");

    public Option[] All => [_at, _unknown];

    public Start? Read(ParseResult parse)
    {
        var at = parse.GetValue(_at);
        if (!parse.GetValue(_unknown))
        {
            return at is null ? null : new Start { At = at };
        }

        return at is null ? new Start { Unknown = true } : throw new UsageException("Give --at or --at-unknown, not both.");
    }
}
