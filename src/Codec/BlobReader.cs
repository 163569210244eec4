using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Codec;

/// <summary>Takes tables out of a blob, little-endian, one after the other. Each call checks that the bytes are there before it allocates.</summary>
/// <param name="part">The part of a model that the blob is, for messages.</param>
/// <param name="bytes">The blob; borrowed.</param>
internal ref struct BlobReader(string part, ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Whether all bytes were taken.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Takes bytes.</summary>
    /// <exception cref="InvalidModelException">So many are not left.</exception>
    public byte[] TakeBytes(int count) => Take(count, sizeof(byte)).ToArray();

    /// <inheritdoc cref="TakeBytes"/>
    public sbyte[] TakeSBytes(int count) => MemoryMarshal.Cast<byte, sbyte>(Take(count, sizeof(sbyte))).ToArray();

    /// <inheritdoc cref="TakeBytes"/>
    public ushort[] TakeUInt16(int count)
    {
        ReadOnlySpan<byte> bytes = Take(count, sizeof(ushort));
        var values = new ushort[count];
        for (int i = 0; i < count; i++) values[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * sizeof(ushort))..]);
        return values;
    }

    /// <inheritdoc cref="TakeBytes"/>
    public short[] TakeInt16(int count)
    {
        ReadOnlySpan<byte> bytes = Take(count, sizeof(short));
        var values = new short[count];
        for (int i = 0; i < count; i++) values[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(i * sizeof(short))..]);
        return values;
    }

    /// <inheritdoc cref="TakeBytes"/>
    public int[] TakeInt32(int count)
    {
        ReadOnlySpan<byte> bytes = Take(count, sizeof(int));
        var values = new int[count];
        for (int i = 0; i < count; i++) values[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * sizeof(int))..]);
        return values;
    }

    /// <inheritdoc cref="TakeBytes"/>
    public float[] TakeSingles(int count)
    {
        ReadOnlySpan<byte> bytes = Take(count, sizeof(float));
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        return values;
    }

    private ReadOnlySpan<byte> Take(int count, int size)
    {
        if ((long)count * size > _rest.Length)
            throw new InvalidModelException(part, $"the blob ends inside a table: {(long)count * size} bytes wanted, {_rest.Length} left.");
        ReadOnlySpan<byte> taken = _rest[..(count * size)];
        _rest = _rest[(count * size)..];
        return taken;
    }
}
