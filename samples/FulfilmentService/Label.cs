using Belong.Consent.V1;

namespace FulfilmentService;

/// <summary>A label for a parcel: of a member's record only what may go.</summary>
internal sealed record Label(string Text, bool CanBeDelivered)
{
    public static Label Print(IReadOnlySet<DataItem> permitted, string member)
    {
        // Stands for the record that the order system has.
        (DataItem Item, string Text)[] record =
        [
            (DataItem.Name, $"name of {member}"),
            (DataItem.Address, $"address of {member}"),
            (DataItem.Phone, $"phone of {member}"),
            (DataItem.BirthDate, $"{member} was born"),
        ];
        var text = string.Join(" / ", record.Where(line => permitted.Contains(line.Item)).Select(line => line.Text));
        return new Label(text, permitted.Contains(DataItem.Name) && permitted.Contains(DataItem.Address));
    }
}
