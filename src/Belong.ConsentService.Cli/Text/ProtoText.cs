using System.Collections;
using System.Globalization;
using System.Text;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Cli.Text;

/// <summary>Messages as lines for a person: what is not set is left out, names are those of the contract.</summary>
internal static class ProtoText
{
    /// <summary>The fields of a message; lists of messages get a heading and a line for each.</summary>
    public static void Write(TextWriter output, IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (field is { IsRepeated: true, FieldType: FieldType.Message })
            {
                WriteList(output, field, (IList)value);
            }
            else if (Inline(field, value) is { Length: > 0 } text)
            {
                output.WriteLine(text);
            }
        }
    }

    /// <summary>All that is set, in one line.</summary>
    public static string Line(IMessage message)
    {
        if (message is Start start)
        {
            return start.StartCase == Start.StartOneofCase.Unknown ? "start not on record" : start.At is null ? "" : $"from {Times.Of(start.At)}";
        }

        var parts = message.Descriptor.Fields.InFieldNumberOrder()
            .Select(field => Inline(field, field.Accessor.GetValue(message)))
            .Where(text => text.Length > 0);
        return string.Join(", ", parts);
    }

    /// <summary>Text from the service, without what could steer a terminal.</summary>
    public static string Clean(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            clean.Append(char.IsControl(letter) ? ' ' : letter);
        }

        return clean.ToString();
    }

    public static string UpperSnake(string pascal) =>
        string.Concat(pascal.Select((letter, at) => at > 0 && char.IsUpper(letter) ? "_" + letter : char.ToUpperInvariant(letter).ToString()));

    private static void WriteList(TextWriter output, FieldDescriptor field, IList values)
    {
        if (values.Count > 0)
        {
            output.WriteLine($"{Label(field)}:");
        }

        foreach (IMessage value in values)
        {
            output.WriteLine($"  {Line(value)}");
        }
    }

    private static string Inline(FieldDescriptor field, object? value) => value switch
    {
        null or false or 0L or 0 or "" => "",
        true => Label(field),
        Start start => Line(start),
        Timestamp time => $"{Label(field)} {Times.Of(time)}",
        IMessage message => Line(message),
        IList { Count: 0 } => "",
        IList list when field.FieldType == FieldType.Message => string.Join("; ", list.Cast<IMessage>().Select(item => $"{Label(field)} ({Line(item)})")),
        IList list => $"{Label(field)} {string.Join(' ', list.Cast<object>().Select(item => Scalar(field, item)))}",
        _ => Scalar(field, value) is { Length: > 0 } text ? $"{Label(field)} {text}" : "",
    };

    private static string Scalar(FieldDescriptor field, object value)
    {
        if (field.FieldType != FieldType.Enum)
        {
            return Clean(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        }

        var number = Convert.ToInt32(value, CultureInfo.InvariantCulture);
        return number == 0 ? "" : value is Purpose ? number.ToString(CultureInfo.InvariantCulture) : Names.Of(field.EnumType, number);
    }

    private static string Label(FieldDescriptor field) => field.Name.Replace('_', ' ');
}
