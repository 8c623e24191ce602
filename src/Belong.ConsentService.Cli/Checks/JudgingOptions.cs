using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Cli.Checks;

/// <summary>How a check is to be judged; every check has these options.</summary>
internal sealed class JudgingOptions
{
    private readonly Option<Timestamp?> _auditAt = Opt.Time("--audit-at", "Judge at this instant in the past instead of now (for the privacy desk).");

    private readonly Option<string> _minFactsVersion = Opt.Text(
        "--min-facts-version", "TOKEN", "The token that a write returned: the answer includes that write.");

    public void AddTo(Command command)
    {
        command.Add(_auditAt);
        command.Add(_minFactsVersion);
    }

    public CheckOptions Read(ParseResult parse)
    {
        var options = new CheckOptions { Explain = true, MinFactsVersion = parse.TextOf(_minFactsVersion) };
        if (parse.GetValue(_auditAt) is { } at)
        {
            options.Mode = CheckMode.Audit;
            options.At = at;
        }

        return options;
    }
}
