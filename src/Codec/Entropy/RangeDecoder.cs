using System.Runtime.CompilerServices;

namespace Codec.Entropy;

/// <summary>
/// Decodes the decisions of a <see cref="RangeEncoder"/>, and finds the end of their code. Past the last byte it reads zeros.
/// </summary>
internal ref struct RangeDecoder
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly bool _begins;
    private int _position;
    private uint _range;
    private uint _offset;

    /// <summary>Creates a decoder at the first byte of a code.</summary>
    /// <param name="bytes">The code; other bytes may follow it. Borrowed.</param>
    public RangeDecoder(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _range = uint.MaxValue;
        for (int i = 0; i < sizeof(uint); i++)
            _offset = _offset << 8 | Next();
        // The encoder never emits FF FF FF FF first: it would lie outside the initial interval. After it, an offset always lies inside.
        _begins = _offset < _range;
    }

    /// <summary>Whether more than four zeros were read past the end: a valid code needs no more, since the offset has four bytes.</summary>
    public readonly bool IsExhausted => _position > _bytes.Length + sizeof(uint);

    /// <summary>Decodes one decision.</summary>
    /// <param name="probability">The probability of <c>true</c>, in 65536ths: 1 to 65535.</param>
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

        Renormalize();
        return bit;
    }

    /// <summary>Decodes one decision, and moves its probability towards the outcome.</summary>
    /// <param name="probability">The probability of <c>true</c>, in 65536ths: 1 to 65535; updated.</param>
    /// <param name="shift"><see cref="AdaptiveTables.Shift"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Decode(ref ushort probability, int shift)
    {
        // One branch decides both the interval and the probability: compilers do not join two.
        int p = probability;
        uint bound = (_range >> RangeEncoder.ProbabilityBits) * (uint)p;
        if (_offset < bound)
        {
            _range = bound;
            probability = (ushort)AdaptiveTables.Rise(p, shift);
            Renormalize();
            return true;
        }

        _offset -= bound;
        _range -= bound;
        probability = (ushort)AdaptiveTables.Fall(p, shift);
        Renormalize();
        return false;
    }

    /// <summary>Decodes one decision without a branch on it, for decisions that a processor cannot predict.</summary>
    /// <param name="probability">The probability of <c>true</c>, in 65536ths: 1 to 65535.</param>
    /// <returns>−1 for <c>true</c>, 0 for <c>false</c>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int DecodeMask(uint probability)
    {
        uint bound = (_range >> RangeEncoder.ProbabilityBits) * probability;
        uint mask = (uint)(((long)_offset - bound) >> 63),
            passed = bound & ~mask;
        _offset -= passed;
        _range = (bound & mask) | ((_range - bound) & ~mask);
        Renormalize();
        return (int)mask;
    }

    /// <summary>Finds where the code ends, and checks that its bytes are those that the encoder writes.</summary>
    /// <param name="length">The length of the code in bytes.</param>
    /// <returns>
    /// False if the code is cut off, or differs from the code that the encoder writes for these decisions, which means damage.
    /// </returns>
    public readonly bool TryFinish(out int length)
    {
        // The offset is the last four bytes read minus the encoder's low end, modulo 2^32.
        uint window = 0;
        for (int i = _position - sizeof(uint); i < _position; i++)
            window = window << 8 | (i < _bytes.Length ? _bytes[i] : 0u);
        int count = RangeTermination.Find(window - _offset, _range, out uint tail);
        length = _position - sizeof(uint) + count;
        return _begins && length <= _bytes.Length && (window - tail) >> (32 - 8 * count) == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Renormalize()
    {
        while (_range < RangeEncoder.Renormalize)
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
