using System.Runtime.InteropServices;
using Codec.Onnx;
using Codec.Trainer.Import.Exported;

namespace Codec.Trainer.Import;

/// <summary>Element types of an exported graph's constants, with ONNX's numbers.</summary>
internal enum ExportedElement
{
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    Int32 = 6,
    Int64 = 7,
    Bool = 9,
    Half = 10,
    Double = 11,
}

/// <summary>A constant of an exported graph.</summary>
/// <param name="Element">The type of its elements.</param>
/// <param name="Dimensions">Its sizes, outermost first; a size may be 0.</param>
/// <param name="Data">Elements, row-major, little-endian.</param>
internal sealed record ConstantTensor(ExportedElement Element, long[] Dimensions, byte[] Data)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Data.Length / SizeOf(Element);

    /// <summary>Creates a list of integers.</summary>
    public static ConstantTensor Of(params ReadOnlySpan<long> values) =>
        new(ExportedElement.Int64, [values.Length], MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Creates a list of floats.</summary>
    public static ConstantTensor Of(params ReadOnlySpan<float> values) =>
        new(ExportedElement.Float, [values.Length], MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Reads a tensor.</summary>
    /// <exception cref="ArgumentException">Its type is not read here, or its data do not fit its shape.</exception>
    public static ConstantTensor Parse(ExportedTensor tensor)
    {
        var element = (ExportedElement)tensor.DataType;
        if (!Enum.IsDefined(element))
        {
            throw new ArgumentException(
                $"it has element type {tensor.DataType}; allowed: {string.Join(", ", Enum.GetValues<ExportedElement>().Select(type => $"{(int)type} ({type})"))}."
            );
        }

        if (tensor.DataLocation != 0)
        {
            throw new ArgumentException(
                "its data are in another file; export with the weights inside the ONNX file (external_data=False)."
            );
        }

        long[] sides = [.. tensor.Dims];
        double elements = 1;
        foreach (long side in sides)
            elements *= side;
        byte[] data = tensor.RawData.IsEmpty ? Typed(tensor, element) : tensor.RawData.ToByteArray();
        if (sides.Any(side => side < 0) || elements * SizeOf(element) != data.Length)
        {
            throw new ArgumentException(
                $"it has {data.Length} bytes; [{string.Join(", ", sides)}] of {SizeOf(element)}-byte elements takes {elements * SizeOf(element):0}."
            );
        }

        return new ConstantTensor(element, sides, data);
    }

    /// <summary>The elements as 64-bit integers.</summary>
    /// <exception cref="ArgumentException">They are not integers.</exception>
    public long[] Integers() =>
        Element switch
        {
            ExportedElement.Int64 => MemoryMarshal.Cast<byte, long>(Data).ToArray(),
            ExportedElement.Int32 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(Data).ToArray(), value => (long)value),
            _ => throw new ArgumentException($"a constant of {Element} stands where integers are needed."),
        };

    /// <summary>The elements as floats.</summary>
    public float[] Floats() =>
        Element switch
        {
            ExportedElement.Float => MemoryMarshal.Cast<byte, float>(Data).ToArray(),
            ExportedElement.Double => Array.ConvertAll(MemoryMarshal.Cast<byte, double>(Data).ToArray(), value => (float)value),
            ExportedElement.Half => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(Data).ToArray(), value => (float)value),
            ExportedElement.UInt8 or ExportedElement.Bool => Array.ConvertAll(Data, value => (float)value),
            ExportedElement.Int8 => Array.ConvertAll(Data, value => (float)(sbyte)value),
            _ => Array.ConvertAll(Integers(), value => (float)value),
        };

    /// <summary>The same elements in another shape of as many.</summary>
    public ConstantTensor As(params long[] dimensions) => this with { Dimensions = dimensions };

    /// <summary>The constant as a published graph has it: integers of 64 bits, or floats, or bytes that are dequantized.</summary>
    /// <exception cref="ArgumentException">It has no elements, or more than a graph may have.</exception>
    public OnnxTensor ToTensor(bool integers)
    {
        (OnnxElement element, byte[] data) = Element switch
        {
            ExportedElement.Int8 => (OnnxElement.Int8, Data),
            ExportedElement.UInt8 => (OnnxElement.UInt8, Data),
            _ when integers => (OnnxElement.Int64, MemoryMarshal.AsBytes<long>(Integers()).ToArray()),
            ExportedElement.Float => (OnnxElement.Float, Data),
            _ => (OnnxElement.Float, MemoryMarshal.AsBytes<float>(Floats()).ToArray()),
        };
        return OnnxShape.TryCreate(Dimensions, out OnnxShape? shape)
            ? new OnnxTensor(element, shape, data)
            : throw new ArgumentException(
                $"a constant has sizes [{string.Join(", ", Dimensions)}]; each must be at least 1, with at most {OnnxLimits.MaxRank} of them."
            );
    }

    /// <summary>Bytes of an element.</summary>
    public static int SizeOf(ExportedElement element) =>
        element switch
        {
            ExportedElement.Double or ExportedElement.Int64 => 8,
            ExportedElement.Float or ExportedElement.Int32 => 4,
            ExportedElement.Half => 2,
            _ => 1,
        };

    private static byte[] Typed(ExportedTensor tensor, ExportedElement element) =>
        element switch
        {
            ExportedElement.Float => MemoryMarshal.AsBytes<float>(tensor.FloatData.ToArray()).ToArray(),
            ExportedElement.Double => MemoryMarshal.AsBytes<double>(tensor.DoubleData.ToArray()).ToArray(),
            ExportedElement.Int64 => MemoryMarshal.AsBytes<long>(tensor.Int64Data.ToArray()).ToArray(),
            ExportedElement.Int32 => MemoryMarshal.AsBytes<int>(tensor.Int32Data.ToArray()).ToArray(),
            ExportedElement.Half => MemoryMarshal
                .AsBytes<ushort>(Array.ConvertAll(tensor.Int32Data.ToArray(), bits => unchecked((ushort)bits)))
                .ToArray(),
            _ => Array.ConvertAll(tensor.Int32Data.ToArray(), value => unchecked((byte)value)),
        };
}
