using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Belong.ConsentService.Dev.Fuzz.Messages;

/// <summary>Messages that can be parsed, of any type, filled by chance with values that a field should not have.</summary>
internal static class HostileMessage
{
    private const int MaxDepth = 8;
    private const int UsualList = 4;
    private const int LongList = 150;

    public static IMessage Build(MessageDescriptor type, Random random) => Build(type, random, 0);

    private static IMessage Build(MessageDescriptor type, Random random, int depth)
    {
        var message = type.Parser.ParseFrom(ByteString.Empty);
        var isFull = random.Next(3) == 0;
        foreach (var field in type.Fields.InFieldNumberOrder())
        {
            // One of a oneof, more or less.
            var chance = field.RealContainingOneof is { } choice ? choice.Fields.Count : 2;
            if (depth < MaxDepth && (random.Next(chance) == 0 || (isFull && field.RealContainingOneof is null)))
            {
                Fill(message, field, random, depth);
            }
        }

        return message;
    }

    private static void Fill(IMessage message, FieldDescriptor field, Random random, int depth)
    {
        if (field.IsMap)
        {
            return;
        }

        if (!field.IsRepeated)
        {
            field.Accessor.SetValue(message, Value(field, random, depth));
            return;
        }

        var list = (System.Collections.IList)field.Accessor.GetValue(message);
        // Nested lists multiply.
        var count = random.Next(random.Next(100) == 0 && depth < 3 ? LongList : UsualList);
        for (var i = 0; i < count; i++)
        {
            list.Add(Value(field, random, depth));
        }
    }

    private static object Value(FieldDescriptor field, Random random, int depth) => field.FieldType switch
    {
        FieldType.String => HostileValues.Text(random),
        FieldType.Bytes => ByteString.CopyFrom(HostileValues.Bytes(random, random.Next(100))),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, random.Next(4) == 0 ? (int)HostileValues.Number(random) : random.Next(field.EnumType.Values.Count)),
        FieldType.Int32 => (int)HostileValues.Number(random),
        FieldType.Int64 => HostileValues.Number(random),
        FieldType.Message => Build(field.MessageType, random, depth + 1),
        _ => throw new NotSupportedException($"{field.FullName} is of type {field.FieldType}"),
    };
}
