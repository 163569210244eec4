using Codec.Binary;
using Codec.Errors;

namespace Codec.Frames;

/// <summary>Takes an info block apart; each call checks that the bytes are there.</summary>
/// <param name="block">The block; borrowed.</param>
/// <param name="offset">Where in the frame it begins, for messages.</param>
internal ref struct InfoReader(ReadOnlySpan<byte> block, int offset)
{
    private readonly ReadOnlySpan<byte> _block = block;
    private int _position;

    /// <summary>Whether all bytes were taken.</summary>
    public readonly bool AtEnd => _position == _block.Length;

    /// <summary>The next byte.</summary>
    /// <exception cref="InvalidCodeException">None is left.</exception>
    public byte TakeByte() => Take(1)[0];

    /// <summary>The next bytes.</summary>
    /// <exception cref="InvalidCodeException">So many are not left.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > _block.Length - _position)
            throw Invalid("it ends inside a field");
        ReadOnlySpan<byte> taken = _block.Slice(_position, count);
        _position += count;
        return taken;
    }

    /// <summary>The next number.</summary>
    /// <exception cref="InvalidCodeException">It is cut off, longer than it needs to be, or above 64 bits.</exception>
    public ulong TakeVarint()
    {
        int length = WideVarint.Read(_block[_position..], out ulong value);
        if (length == 0)
            throw Invalid("a number is cut off, or has more bytes than it needs");
        _position += length;
        return value;
    }

    /// <summary>What is wrong, and where.</summary>
    public readonly InvalidCodeException Invalid(string problem) =>
        new("info", offset + _position, $"the info block is malformed: {problem}.");
}
