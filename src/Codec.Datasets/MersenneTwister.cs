using System.Numerics;

namespace Codec.Datasets;

/// <summary>MT19937 of Matsumoto and Nishimura (1998), with the seeding and draws of NumPy's legacy <c>RandomState</c>.</summary>
internal sealed class MersenneTwister
{
    private const int Size = 624;
    private const int Shift = 397;
    private const uint UpperBit = 0x80000000;
    private const uint LowerBits = 0x7FFFFFFF;

    private readonly uint[] _state = new uint[Size];
    private int _next = Size;

    /// <summary>Seeds the generator as the authors' <c>init_genrand</c> does.</summary>
    public MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (uint i = 1; i < Size; i++)
            _state[i] = 1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30)) + i;
    }

    /// <summary>Draws 32 bits.</summary>
    public uint Next()
    {
        if (_next == Size)
            Refill();
        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C5680;
        y ^= (y << 15) & 0xEFC60000;
        return y ^ (y >> 18);
    }

    /// <summary>
    /// Draws a number from 0 to <paramref name="max"/>, inclusive, as NumPy's <c>random_interval</c> does: masks a draw, and draws again
    /// while it exceeds the maximum.
    /// </summary>
    public uint Below(uint max)
    {
        uint mask = max == 0 ? 0 : uint.MaxValue >> BitOperations.LeadingZeroCount(max);
        uint value;
        do value = Next() & mask;
        while (value > max);
        return value;
    }

    private void Refill()
    {
        for (int i = 0; i < Size; i++)
        {
            uint y = (_state[i] & UpperBit) | (_state[(i + 1) % Size] & LowerBits);
            _state[i] = _state[(i + Shift) % Size] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908B0DF);
        }

        _next = 0;
    }
}
