using System.Runtime.CompilerServices;

namespace Codec.Entropy;

/// <summary>Decodes what <see cref="RangeEncoder"/> wrote, and finds where the code ends. Reads zeros past the end of its bytes.</summary>
internal ref struct RangeDecoder
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly bool _begins;
    private int _position;
    private uint _range;
    private uint _offset;

    /// <summary>Begins at the first byte.</summary>
    /// <param name="bytes">The code, and whatever follows it; borrowed.</param>
    public RangeDecoder(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _range = uint.MaxValue;
        for (int i = 0; i < sizeof(uint); i++)
            _offset = _offset << 8 | Next();
        // Four bytes of 255 lie outside the first interval, which no code leaves; every later offset lies inside its own.
        _begins = _offset < _range;
    }

    /// <summary>Whether more zeros were read past the end than any whole code leads to: its four last bytes at most.</summary>
    public readonly bool IsExhausted => _position > _bytes.Length + sizeof(uint);

    /// <summary>Decodes one decision.</summary>
    /// <param name="probability">That it is <c>true</c>, in 65536ths: 1 to 65535.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Decode(uint probability)
    {
        uint bound = (_range >> RangeEncoder.ProbabilityBits) * probability;
        bool bit = _offset < bound;
        if (bit)
        {
            _range = bound;
        }
        else
        {
            _offset -= bound;
            _range -= bound;
        }

        Renormalise();
        return bit;
    }

    /// <summary>Decodes one decision without a branch on it, for one that is hard to guess.</summary>
    /// <param name="probability">As <see cref="Decode"/> takes it.</param>
    /// <returns>−1 for <c>true</c>, 0 for <c>false</c>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int DecodeMask(uint probability)
    {
        uint bound = (_range >> RangeEncoder.ProbabilityBits) * probability;
        uint mask = (uint)(((long)_offset - bound) >> 63),
            passed = bound & ~mask;
        _offset -= passed;
        _range = (bound & mask) | ((_range - bound) & ~mask);
        Renormalise();
        return (int)mask;
    }

    /// <summary>Ends the code.</summary>
    /// <param name="length">Bytes that the code took.</param>
    /// <returns>False if the code is cut off, or is not what the encoder writes for its symbols: then it is damaged.</returns>
    public readonly bool TryFinish(out int length)
    {
        // The encoder's low end is what the bytes at hand are above the offset in its interval.
        uint window = 0;
        for (int i = _position - sizeof(uint); i < _position; i++)
            window = window << 8 | (i < _bytes.Length ? _bytes[i] : 0u);
        int count = RangeTermination.Find(window - _offset, _range, out uint tail);
        length = _position - sizeof(uint) + count;
        return _begins && length <= _bytes.Length && (window - tail) >> (32 - 8 * count) == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Renormalise()
    {
        while (_range < RangeEncoder.Renormalise)
        {
            _range <<= 8;
            _offset = _offset << 8 | Next();
        }
    }

    private uint Next()
    {
        int position = _position++;
        return position < _bytes.Length ? _bytes[position] : 0u;
    }
}
