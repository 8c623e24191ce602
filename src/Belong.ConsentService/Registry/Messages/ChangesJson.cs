using System.Text;
using Google.Protobuf;

namespace Belong.ConsentService.Registry;

/// <summary>Changes as the history keeps them: an array of proto JSON, which a later version can still read.</summary>
internal static class ChangesJson
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public static string Write<T>(IEnumerable<T> changes)
        where T : IMessage
    {
        var json = new StringBuilder("[");
        foreach (var change in changes)
        {
            if (json.Length > 1)
            {
                json.Append(',');
            }

            json.Append(Formatter.Format(change));
        }

        return json.Append(']').ToString();
    }

    public static IEnumerable<T> Read<T>(string json)
        where T : IMessage, new()
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        foreach (var change in document.RootElement.EnumerateArray())
        {
            yield return Parser.Parse<T>(change.GetRawText());
        }
    }
}
