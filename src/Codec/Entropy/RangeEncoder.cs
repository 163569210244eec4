using System.Buffers;

namespace Codec.Entropy;

/// <summary>
/// Encodes binary decisions to bytes: a range coder with carry propagation (Martin 1979; the arithmetic of LZMA's coder), 32 bits wide,
/// with 16-bit probabilities. It ends with the fewest bytes that decode whatever bytes follow, so that a code needs no length.
/// </summary>
/// <remarks>
/// The state is an interval [low, low + range) of 32-bit fractions after the bytes already written. The decision <c>true</c> takes the
/// lower part, of the size <c>(range &gt;&gt; 16) · probability</c>; <c>false</c> takes the rest, including what rounding leaves.
/// </remarks>
internal ref struct RangeEncoder
{
    /// <summary>Bits of a probability: <c>p</c> is p / 65536, with p in 1..65535.</summary>
    public const int ProbabilityBits = 16;

    /// <summary>While the range is below this, the top byte is written and shifted out.</summary>
    public const uint Renormalize = 1u << 24;

    private byte[] _buffer;
    private int _length;
    private ulong _low;
    private uint _range;

    public RangeEncoder()
    {
        _buffer = ArrayPool<byte>.Shared.Rent(512);
        _range = uint.MaxValue;
    }

    /// <summary>Encodes one decision.</summary>
    /// <param name="bit">The decision.</param>
    /// <param name="probability">The probability of <c>true</c>, in 65536ths: 1 to 65535.</param>
    public void Encode(bool bit, uint probability)
    {
        uint bound = (_range >> ProbabilityBits) * probability;
        if (bit)
        {
            _range = bound;
        }
        else
        {
            _low += bound;
            _range -= bound;
        }

        while (_range < Renormalize)
        {
            ShiftOut();
            _range <<= 8;
        }
    }

    /// <summary>Ends the code and returns it; the encoder must not be used afterwards.</summary>
    public byte[] Finish()
    {
        int count = RangeTermination.Find((uint)_low, _range, out uint tail);
        // The tail is at or above low; if it is smaller modulo 2^32, the difference carries into the bytes before.
        ulong end = _low + unchecked(tail - (uint)_low);
        _low = end;
        for (int i = 0; i < count; i++)
            ShiftOut();
        // No carry is pending: ShiftOut propagates it before each byte, and at least one byte was shifted out.
        byte[] code = _buffer.AsSpan(0, _length).ToArray();
        Dispose();
        return code;
    }

    /// <summary>Returns the buffer to its pool; harmless after <see cref="Finish"/>.</summary>
    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void ShiftOut()
    {
        if (_low > uint.MaxValue)
            Carry();
        if (_length == _buffer.Length)
            Grow();
        _buffer[_length++] = (byte)(_low >> 24);
        _low = (uint)(_low << 8);
    }

    private readonly void Carry()
    {
        // The code as a fraction stays below 1, so a byte below 255 precedes any run of 255s.
        int i = _length - 1;
        while (++_buffer[i] == 0)
            i--;
    }

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
