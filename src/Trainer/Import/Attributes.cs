using Codec.Onnx;
using Codec.Trainer.Import.Exported;
using Kind = Codec.Onnx.AttributeProto.Types.AttributeType;

namespace Codec.Trainer.Import;

/// <summary>Reads and makes attributes of nodes.</summary>
internal static class Attributes
{
    /// <summary>Returns an integer that must be in min..max, or <paramref name="otherwise"/> if it is not set.</summary>
    /// <exception cref="ArgumentException">It is outside.</exception>
    public static long Integer(ExportedNode node, string name, long otherwise, long min, long max)
    {
        long value = Find(node, name)?.I ?? otherwise;
        return value >= min && value <= max ? value : throw new ArgumentException($"{name} is {value}; it must be {min}..{max}.");
    }

    /// <summary>Returns a list of integers; null if it is not set.</summary>
    public static long[]? Integers(ExportedNode node, string name) => Find(node, name) is { } attribute ? [.. attribute.Ints] : null;

    /// <summary>Returns a text, or <paramref name="otherwise"/> if it is not set.</summary>
    public static string Text(ExportedNode node, string name, string otherwise) => Find(node, name)?.S.ToStringUtf8() ?? otherwise;

    /// <summary>Returns the value of a node <c>Constant</c>.</summary>
    /// <exception cref="ArgumentException">It has none that is read here.</exception>
    public static ConstantTensor ReadConstant(ExportedNode node)
    {
        if (node.Attribute is not [var attribute])
            throw new ArgumentException($"it has {node.Attribute.Count} attributes; exactly one, the value, is allowed.");
        return attribute.Name switch
        {
            "value" when attribute.T is { } tensor => ConstantTensor.Parse(tensor),
            "value_int" => ConstantTensor.Of(attribute.I).As(),
            "value_ints" => ConstantTensor.Of([.. attribute.Ints]),
            "value_float" => ConstantTensor.Of(attribute.F).As(),
            "value_floats" => ConstantTensor.Of([.. attribute.Floats]),
            var other => throw new ArgumentException($"its value is an attribute '{other}'; a tensor, integers or floats are allowed."),
        };
    }

    /// <summary>Copies a node's attributes, without some.</summary>
    public static AttributeProto[] Copy(ExportedNode node, params string[] without) =>
        [.. node.Attribute.Where(attribute => !without.Contains(attribute.Name)).Select(Copy)];

    /// <summary>Makes an integer.</summary>
    public static AttributeProto Of(string name, long value) =>
        new()
        {
            Name = name,
            I = value,
            Type = Kind.Int,
        };

    /// <summary>Makes a list of integers.</summary>
    public static AttributeProto Of(string name, long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = Kind.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }

    private static ExportedAttribute? Find(ExportedNode node, string name) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    private static AttributeProto Copy(ExportedAttribute from)
    {
        var attribute = new AttributeProto
        {
            Name = from.Name,
            F = from.F,
            I = from.I,
            S = from.S,
            Type = (Kind)from.Type,
        };
        if (attribute.Type is not (Kind.Float or Kind.Int or Kind.String or Kind.Floats or Kind.Ints))
            throw new ArgumentException($"attribute '{from.Name}' has type {from.Type}; numbers, texts and lists of numbers are allowed.");
        attribute.Floats.Add(from.Floats);
        attribute.Ints.Add(from.Ints);
        return attribute;
    }
}
