using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Codec.Errors;

namespace Codec.Binary;

/// <summary>
/// Reads little-endian tables from a blob, one after the other. Each call checks that enough bytes are left before it allocates.
/// </summary>
/// <param name="part">The blob's part in its model, for messages: <c>prior</c>.</param>
/// <param name="bytes">The blob; borrowed.</param>
internal ref struct BlobReader(string part, ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Whether all bytes have been read.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Reads a table of bytes.</summary>
    /// <exception cref="InvalidModelException">Fewer are left.</exception>
    public byte[] TakeBytes(int count) => Take(count, sizeof(byte)).ToArray();

    /// <inheritdoc cref="TakeBytes"/>
    public sbyte[] TakeSBytes(int count) => MemoryMarshal.Cast<byte, sbyte>(Take(count, sizeof(sbyte))).ToArray();

    /// <inheritdoc cref="TakeBytes"/>
    public ushort[] TakeUInt16(int count) => Take(count, sizeof(ushort), BinaryPrimitives.ReadUInt16LittleEndian);

    /// <inheritdoc cref="TakeBytes"/>
    public short[] TakeInt16(int count) => Take(count, sizeof(short), BinaryPrimitives.ReadInt16LittleEndian);

    /// <inheritdoc cref="TakeBytes"/>
    public int[] TakeInt32(int count) => Take(count, sizeof(int), BinaryPrimitives.ReadInt32LittleEndian);

    /// <summary>Reads a number.</summary>
    /// <exception cref="InvalidModelException">Fewer than four bytes are left.</exception>
    public uint TakeUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(1, sizeof(uint)));

    /// <inheritdoc cref="TakeBytes"/>
    public float[] TakeSingles(int count) => Take(count, sizeof(float), BinaryPrimitives.ReadSingleLittleEndian);

    private T[] Take<T>(int count, int size, Reading<T> read)
    {
        ReadOnlySpan<byte> bytes = Take(count, size);
        var values = new T[count];
        for (int i = 0; i < count; i++)
            values[i] = read(bytes[(i * size)..]);
        return values;
    }

    private ReadOnlySpan<byte> Take(int count, int size)
    {
        if ((long)count * size > _rest.Length)
        {
            throw new InvalidModelException(
                part,
                $"the blob ends inside a table: {(long)count * size} bytes are needed, {_rest.Length} are left."
            );
        }
        ReadOnlySpan<byte> taken = _rest[..(count * size)];
        _rest = _rest[(count * size)..];
        return taken;
    }

    // .NET 8 has no Func of spans.
    private delegate T Reading<T>(ReadOnlySpan<byte> bytes);
}
