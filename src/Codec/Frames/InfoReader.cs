using Codec.Binary;
using Codec.Errors;

namespace Codec.Frames;

/// <summary>Reads the fields of an info block; each call checks that enough bytes are left.</summary>
/// <param name="block">The block; borrowed.</param>
/// <param name="offset">Where in the frame it begins, for messages.</param>
internal ref struct InfoReader(ReadOnlySpan<byte> block, int offset)
{
    private readonly ReadOnlySpan<byte> _block = block;
    private int _position;

    /// <summary>Whether all bytes have been read.</summary>
    public readonly bool AtEnd => _position == _block.Length;

    /// <summary>Reads one byte.</summary>
    /// <exception cref="InvalidCodeException">None is left.</exception>
    public byte TakeByte() => Take(1)[0];

    /// <summary>Reads bytes.</summary>
    /// <exception cref="InvalidCodeException">Fewer are left.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > _block.Length - _position)
            throw Invalid("it ends inside a field");
        ReadOnlySpan<byte> taken = _block.Slice(_position, count);
        _position += count;
        return taken;
    }

    /// <summary>Reads one number.</summary>
    /// <exception cref="InvalidCodeException">The number is cut off, longer than necessary, or above 64 bits.</exception>
    public ulong TakeVarint()
    {
        int length = WideVarint.Read(_block[_position..], out ulong value);
        if (length == 0)
            throw Invalid("a number is cut off, or has more bytes than it needs");
        _position += length;
        return value;
    }

    /// <summary>Creates the exception for malformed bytes, with the problem and the current offset.</summary>
    public readonly InvalidCodeException Invalid(string problem) =>
        new("info", offset + _position, $"the info block is malformed: {problem}.");
}
