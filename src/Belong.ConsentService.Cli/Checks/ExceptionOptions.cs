using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Google.Protobuf.WellKnownTypes;
using Option = System.CommandLine.Option;

namespace Belong.ConsentService.Cli.Checks;

/// <summary>The claim of an exception of §4 with its assertions.</summary>
internal sealed class ExceptionOptions
{
    private readonly Option<int?> _item = new("--exception-item")
    {
        Description = "Claim this exception of §4: 1 life, body, property; 2 public health, children; 3 affairs of state; 4 warrant; 5 other law.",
        HelpName = "1..5",
    };

    private readonly Option<string> _approver = Text("--approver", "ID", "Who approved it (items 1 to 5).");
    private readonly Option<string> _privacyApproval = Text("--privacy-approval", "REF", "The privacy desk's approval.");
    private readonly Option<string> _necessity = Text("--necessity", "TEXT", "Why it is necessary (items 1, 2).");
    private readonly Option<string> _consentDifficulty = Text("--consent-difficulty", "TEXT", "Why consent is difficult to obtain (items 1, 2).");
    private readonly Option<string> _requestingBody = Text("--requesting-body", "TEXT", "Who asks (item 3).");
    private readonly Option<string> _statutoryAffairs = Text("--statutory-affairs", "TEXT", "The affairs prescribed by law (item 3).");
    private readonly Option<string> _hindrance = Text("--hindrance", "TEXT", "How asking for consent would hinder them (item 3).");
    private readonly Option<string> _warrant = Text("--warrant", "REF", "The warrant (item 4).");
    private readonly Option<string> _issuingCourt = Text("--issuing-court", "TEXT", "The court (item 4).");
    private readonly Option<Timestamp?> _issuedAt = Opt.Time("--issued-at", "When the warrant was issued (item 4).");
    private readonly Option<Timestamp?> _warrantValidUntil = Opt.Time("--warrant-valid-until", "Until when the warrant is valid, inclusive (item 4).");
    private readonly Option<string> _scope = Text("--scope", "TEXT", "What the warrant covers (item 4).");
    private readonly Option<string> _law = Text("--law", "TEXT", "The law that asks for it (item 5).");
    private readonly Option<string> _document = Text("--document", "REF", "The document received (item 5).");
    private readonly Option<bool> _compulsory = Opt.Flag("--compulsory", "The law compels (item 5).");

    private IEnumerable<Option> Assertions =>
    [
        _approver, _privacyApproval, _necessity, _consentDifficulty, _requestingBody, _statutoryAffairs, _hindrance, _warrant,
        _issuingCourt, _issuedAt, _warrantValidUntil, _scope, _law, _document, _compulsory,
    ];

    public void AddTo(Command command)
    {
        command.Add(_item);
        foreach (var option in Assertions)
        {
            command.Add(option);
        }
    }

    public ExceptionClaim? Read(ParseResult parse)
    {
        if (parse.GetValue(_item) is not { } item)
        {
            return Assertions.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } stray
                ? throw new UsageException($"{stray.Name} belongs to an exception of §4: give --exception-item too.")
                : null;
        }

        return new ExceptionClaim
        {
            Item = item,
            ApproverId = parse.TextOf(_approver),
            PrivacyApprovalRef = parse.TextOf(_privacyApproval),
            NecessityStatement = parse.TextOf(_necessity),
            ConsentDifficultyReason = parse.TextOf(_consentDifficulty),
            RequestingBody = parse.TextOf(_requestingBody),
            StatutoryAffairsCitation = parse.TextOf(_statutoryAffairs),
            HindranceReason = parse.TextOf(_hindrance),
            WarrantRef = parse.TextOf(_warrant),
            IssuingCourt = parse.TextOf(_issuingCourt),
            IssuedAt = parse.GetValue(_issuedAt),
            ValidUntil = parse.GetValue(_warrantValidUntil),
            ScopeStatement = parse.TextOf(_scope),
            LawCitation = parse.TextOf(_law),
            DocumentRef = parse.TextOf(_document),
            Compulsory = parse.GetValue(_compulsory),
        };
    }

    private static Option<string> Text(string name, string valueName, string help) => Opt.Text(name, valueName, $"§4 exception: {help}");
}
