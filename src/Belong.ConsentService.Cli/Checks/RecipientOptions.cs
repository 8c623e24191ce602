using System.CommandLine;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Checks;

/// <summary>To whom, and what: the options of a disclosure.</summary>
internal sealed class RecipientOptions(bool required, string recipientHelp)
{
    private readonly Option<string> _recipient = Opt.Text("--recipient", "ID", recipientHelp, required);

    private readonly Option<Capacity?> _capacity = Opt.Name<Capacity>(
        "--capacity", "In which capacity; may be left out when the vendor is registered in exactly one.");

    private readonly Option<string> _recipientPurpose = Opt.Text(
        "--recipient-purpose", "CODE", "The third party's own purpose, such as SERVICE_LINK or MARKETING.");

    private readonly Option<List<DataItem>> _items = Opt.ManyNames<DataItem>(
        "--item", "Data item; for a contractor none means: which items may go?");

    public void AddTo(Command command)
    {
        command.Add(_recipient);
        command.Add(_capacity);
        command.Add(_recipientPurpose);
        command.Add(_items);
    }

    /// <summary>Whether a recipient is named. The other options make no sense without one.</summary>
    public bool IsGiven(ParseResult parse)
    {
        if (parse.TextOf(_recipient).Length > 0)
        {
            return true;
        }

        var alone = new Option[] { _capacity, _recipientPurpose, _items }.FirstOrDefault(option => parse.GetResult(option) is not null);
        return alone is null
            ? false
            : throw new UsageException($"{alone.Name} belongs to a disclosure: give {_recipient.Name} too.");
    }

    public void Fill(CheckDisclosureRequest request, ParseResult parse)
    {
        request.RecipientId = parse.TextOf(_recipient);
        request.RecipientPurpose = parse.TextOf(_recipientPurpose);
        request.Items.Add(parse.ListOf(_items));
        if (parse.GetValue(_capacity) is { } capacity)
        {
            request.Capacity = capacity;
        }
    }
}
