using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace Belong.ConsentService.Cli.Arguments;

/// <summary>Messages written by people in proto JSON.</summary>
internal static class ProtoJson
{
    public static bool TryParse<T>(string json, [NotNullWhen(true)] out T? message, out string problem)
        where T : class, IMessage, new()
    {
        (message, problem) = (null, "");
        try
        {
            message = JsonParser.Default.Parse<T>(json);
            return true;
        }
        catch (Exception error) when (error is IOException or FormatException or ArgumentException or OverflowException or InvalidOperationException)
        {
            problem = error.Message.EndsWith('.') ? error.Message : error.Message + ".";
            return false;
        }
    }
}
