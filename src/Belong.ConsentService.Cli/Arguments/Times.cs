using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Cli.Arguments;

/// <summary>Instants on the command line: ISO 8601, exact to the nanosecond.</summary>
internal static partial class Times
{
    public const string Form = "an instant such as 2026-02-01T00:00:00Z, 2026-02-01T09:00:00+09:00 or 2026-02-01 (midnight UTC)";

    public static bool TryParse(string text, out Timestamp? time)
    {
        time = null;
        var match = Pattern().Match(text);
        if (!match.Success)
        {
            return false;
        }

        var clock = match.Groups["clock"] is { Success: true, Value: var value } ? value : "00:00";
        var seconds = match.Groups["seconds"] is { Success: true, Value: var rest } ? rest : ":00";
        var zone = match.Groups["zone"] is { Success: true, Value: var offset } ? offset : "Z";
        return ProtoJson.TryParse($"\"{match.Groups["date"].Value}T{clock}{seconds}{zone}\"", out time, out _);
    }

    public static string Of(Timestamp time)
    {
        try
        {
            return time.ToString().Trim('"');
        }
        catch (InvalidOperationException)
        {
            return "(out of range)";
        }
    }

    [GeneratedRegex(@"^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(T(?<clock>[0-9]{2}:[0-9]{2})(?<seconds>:[0-9]{2}(\.[0-9]{1,9})?)?(?<zone>Z|[+-][0-9]{2}:[0-9]{2}))?\z")]
    private static partial Regex Pattern();
}
