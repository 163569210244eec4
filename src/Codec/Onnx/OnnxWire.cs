using Codec.Errors;
using Google.Protobuf.Reflection;

namespace Codec.Onnx;

/// <summary>Checks a graph's protobuf before it is parsed.</summary>
/// <remarks>
/// Protobuf readers skip unknown fields, and ONNX Runtime reads more fields than our <c>onnx.proto</c> declares (external data, subgraphs,
/// functions, training). Refusing unknown fields ensures that ONNX Runtime runs exactly the graph that was checked. Counting the bytes that
/// become objects bounds the parser's memory, because 2 bytes can become an object of 100 bytes. The schema has no cycle, so the depth of
/// nesting is bounded.
/// </remarks>
internal static class OnnxWire
{
    private const int Varint = 0,
        Delimited = 2,
        Fixed32 = 5;

    /// <exception cref="InvalidModelException">
    /// The bytes are not an ONNX protobuf, hold a field that the schema lacks, or have too much structure.
    /// </exception>
    public static void Check(ReadOnlySpan<byte> blob, string role)
    {
        if (blob.IsEmpty)
            throw new InvalidModelException(role, "the graph is empty; upload the ONNX file's bytes.");
        int budget = OnnxLimits.MaxStructureBytes;
        WalkMessage(ModelProto.Descriptor, blob, role, ref budget);
    }

    private static void WalkMessage(MessageDescriptor message, ReadOnlySpan<byte> bytes, string role, ref int budget)
    {
        while (!bytes.IsEmpty)
        {
            int before = bytes.Length;
            ulong tag = ReadVarint(ref bytes, role);
            FieldDescriptor field = FindField(message, tag >> 3, role);
            int wire = (int)(tag & 7);
            if (wire == Delimited)
            {
                ReadOnlySpan<byte> content = ReadDelimited(ref bytes, role);
                bool raw = field.FieldNumber == TensorProto.RawDataFieldNumber && message == TensorProto.Descriptor;
                bool nested = field.FieldType == FieldType.Message;
                Spend(ref budget, before - bytes.Length - (raw || nested ? content.Length : 0), role);
                if (nested)
                    WalkMessage(field.MessageType, content, role, ref budget);
                else if (field.FieldType is not (FieldType.Bytes or FieldType.String) && !field.IsRepeated)
                    throw WrongWire(field, wire, role);
                continue;
            }

            if (wire == Varint && field.FieldType is FieldType.Int64 or FieldType.Int32 or FieldType.Enum)
                ReadVarint(ref bytes, role);
            else if (wire == Fixed32 && field.FieldType == FieldType.Float)
                bytes = bytes.Length >= 4 ? bytes[4..] : throw Truncated(role);
            else
                throw WrongWire(field, wire, role);
            Spend(ref budget, before - bytes.Length, role);
        }
    }

    private static FieldDescriptor FindField(MessageDescriptor message, ulong number, string role) =>
        (number is > 0 and < 1 << 29 ? message.FindFieldByNumber((int)number) : null)
        ?? throw new InvalidModelException(
            role,
            message == TensorProto.Descriptor
                ? $"a tensor has field {number}; only dims, data_type, name and raw_data are allowed. Save the weights inside the file, as raw data."
                : $"{message.Name} has field {number}, which is not part of the graphs allowed here. Export with plain nodes and initializers."
        );

    private static ReadOnlySpan<byte> ReadDelimited(ref ReadOnlySpan<byte> bytes, string role)
    {
        ulong length = ReadVarint(ref bytes, role);
        if (length > (ulong)bytes.Length)
            throw Truncated(role);
        ReadOnlySpan<byte> content = bytes[..(int)length];
        bytes = bytes[(int)length..];
        return content;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> bytes, string role)
    {
        ulong value = 0;
        for (int index = 0; index < Math.Min(bytes.Length, 10); index++)
        {
            value |= (ulong)(bytes[index] & 0x7F) << (7 * index);
            if (bytes[index] < 0x80)
            {
                bytes = bytes[(index + 1)..];
                return value;
            }
        }

        throw Truncated(role);
    }

    private static void Spend(ref int budget, int bytes, string role)
    {
        if (bytes > budget)
        {
            throw new InvalidModelException(
                role,
                $"the graph has more than {OnnxLimits.MaxStructureBytes} bytes of nodes, names and shapes; use fewer or larger operators."
            );
        }

        budget -= bytes;
    }

    private static InvalidModelException Truncated(string role) =>
        new(role, "the graph's protobuf is truncated or damaged; upload the ONNX file's bytes unchanged.");

    private static InvalidModelException WrongWire(FieldDescriptor field, int wire, string role) =>
        new(role, $"{field.FullName} has wire type {wire}, which does not fit its type; the bytes are not an ONNX graph.");
}
