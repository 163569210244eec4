using System.Runtime.InteropServices;
using Codec.Errors;

namespace Codec.Onnx;

/// <summary>Element types of constants, with ONNX's numbers.</summary>
internal enum OnnxElement
{
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    Int64 = 7,
}

/// <summary>A constant of a graph, whose number of bytes fits its type and shape.</summary>
/// <param name="Element">The type of its elements.</param>
/// <param name="Shape">Its shape, without a batch; a scalar has no dimensions.</param>
/// <param name="Data">Elements, row-major, little-endian.</param>
internal sealed record OnnxTensor(OnnxElement Element, OnnxShape Shape, ReadOnlyMemory<byte> Data)
{
    /// <summary>The elements, not copied: every host that ONNX Runtime supports is little-endian.</summary>
    public ReadOnlySpan<T> As<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Data.Span);

    /// <exception cref="InvalidModelException">Type, shape and data do not fit each other or exceed a bound.</exception>
    public static OnnxTensor Parse(TensorProto proto, string role)
    {
        int size = (OnnxElement)proto.DataType switch
        {
            OnnxElement.Float => 4,
            OnnxElement.UInt8 or OnnxElement.Int8 => 1,
            OnnxElement.Int64 => 8,
            _ => throw new InvalidModelException(
                role,
                $"initializer '{proto.Name}' has element type {proto.DataType}; allowed: 1 (float), 2 (uint8), 3 (int8), 7 (int64)."
            ),
        };
        if (!OnnxShape.TryCreate([.. proto.Dims], out OnnxShape? shape) || shape.IsBatched)
        {
            throw new InvalidModelException(
                role,
                $"initializer '{proto.Name}' has dimensions [{string.Join(", ", proto.Dims)}]; each must be at least 1, at most {OnnxLimits.MaxRank} of them, with a product of at most {OnnxLimits.MaxElements}."
            );
        }

        if (proto.RawData.Length != shape.Elements * size)
        {
            throw new InvalidModelException(
                role,
                $"initializer '{proto.Name}' has {proto.RawData.Length} bytes; {shape} of {size}-byte elements takes {shape.Elements * size}."
            );
        }

        return new OnnxTensor((OnnxElement)proto.DataType, shape, proto.RawData.Memory);
    }
}
