using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CodecServer.Tests.Fuzzing;

/// <summary>
/// Builds messages of any type, from a source of chance. Fields have values that the server accepts, or hostile ones: in one message none
/// or few, so that it gets far, in another one many.
/// </summary>
/// <param name="random">The source.</param>
/// <param name="words">Values that the server accepts.</param>
internal sealed class HostileMessages(Random random, FuzzWords words)
{
    private readonly int _hostilePercent = new[] { 0, 5, 5, 15, 40 }[random.Next(5)];

    /// <summary>Levels of messages within messages; the messages of the protocol have three.</summary>
    private const int MaxDepth = 5;

    private static readonly string[] Hostile =
    [
        "",
        "\0",
        "a\nb\u001b[31m",
        "..",
        "../../etc/passwd",
        "-",
        "ÄÖ𝄞",
        "a@b@c",
        "small-8@sha256:12",
        "' OR 1=1 --",
        "%s%n{0}",
        new('a', 64),
        new('a', 65),
        new('0', 64),
        new('F', 64),
        new('x', 129),
        new('y', 5_000),
    ];

    private static readonly long[] Numbers =
    [
        0,
        1,
        2,
        -1,
        5,
        100,
        4096,
        65_536,
        int.MaxValue,
        int.MinValue,
        uint.MaxValue,
        long.MaxValue,
        long.MinValue,
        long.MaxValue - 1,
        253_402_300_800,
    ];

    /// <summary>Builds a message; some of its fields are not set.</summary>
    public IMessage Create(MessageDescriptor type, int depth = 0)
    {
        IMessage message = type.Parser.ParseFrom(ByteString.Empty);
        foreach (FieldDescriptor field in type.Fields.InDeclarationOrder())
        {
            if (random.Next(8) == 0 || (depth == MaxDepth && field.FieldType == FieldType.Message))
                continue;

            if (field.IsMap)
            {
                FillMap(field, (System.Collections.IDictionary)field.Accessor.GetValue(message));
            }
            else if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(message);
                for (int count = random.Next(20) == 0 ? 150 : random.Next(4); count > 0; count--)
                    list.Add(Value(field, depth));
            }
            else if (field.ContainingOneof is null || random.Next(2) == 0)
            {
                field.Accessor.SetValue(message, Value(field, depth));
            }
        }

        return message;
    }

    private void FillMap(FieldDescriptor field, System.Collections.IDictionary map)
    {
        MessageDescriptor entry = field.MessageType;
        for (int count = random.Next(10) == 0 ? 40 : random.Next(3); count > 0; count--)
            map[Value(entry.FindFieldByNumber(1), MaxDepth)] = Value(entry.FindFieldByNumber(2), MaxDepth);
    }

    private object Value(FieldDescriptor field, int depth)
    {
        bool isHostile = random.Next(100) < _hostilePercent;
        return field.FieldType switch
        {
            FieldType.String => Pick(isHostile ? Hostile : words.TextsFor(field.Name)),
            FieldType.Bytes => isHostile ? RandomBytes() : Pick(words.BytesFor(field.Name)),
            FieldType.Bool => random.Next(2) == 0,
            FieldType.Message => Create(field.MessageType, depth + 1),
            FieldType.Double => double.NaN,
            FieldType.Float => float.NegativeInfinity,
            _ => Narrowed(field, Pick(isHostile ? Numbers : words.NumbersFor(field.Name))),
        };
    }

    private static object Narrowed(FieldDescriptor field, long value) =>
        field.FieldType switch
        {
            FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 or FieldType.Enum => (int)value,
            FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => value,
            FieldType.UInt32 or FieldType.Fixed32 => (uint)value,
            FieldType.UInt64 or FieldType.Fixed64 => (ulong)value,
            _ => throw new InvalidOperationException($"{field.FullName} has the type {field.FieldType}, for which there are no values."),
        };

    private ByteString RandomBytes()
    {
        byte[] bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private T Pick<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];
}
