using System.Numerics;

namespace Codec.Tests.Golden;

/// <summary>Decodes exactly as docs/format.md, "Range decoder", "Termination" and escape(), describes, with unbounded integers.</summary>
internal sealed class ReferenceRange
{
    private static readonly BigInteger Two32 = BigInteger.Pow(2, 32);

    private readonly byte[] _bytes;
    private BigInteger _low = 0,
        _range = Two32 - 1,
        _offset;
    private int _taken;

    public ReferenceRange(byte[] code)
    {
        _bytes = code;
        for (int i = 0; i < 4; i++)
            _offset = _offset * 256 + NextByte();
        Begins = _offset != Two32 - 1;
    }

    /// <summary>Whether the first four bytes can begin a code; no code begins with FF FF FF FF.</summary>
    public bool Begins { get; }

    /// <summary>Decodes an Exp-Golomb number; null where format.md calls the code damaged.</summary>
    public int? Escape()
    {
        int n = 0;
        while (Decide(32768))
        {
            if (++n > 15)
                return null;
        }

        int r = 1;
        for (int k = 0; k < n; k++)
            r = 2 * r + (Decide(32768) ? 1 : 0);
        return r - 1;
    }

    /// <summary>Computes the length of the code; null where it is damaged.</summary>
    public int? Finish()
    {
        int bytesOfTail = 0;
        BigInteger block,
            first;
        do
        {
            bytesOfTail++;
            block = BigInteger.Pow(2, 32 - 8 * bytesOfTail);
            first = (_low + block - 1) / block * block;
        } while (bytesOfTail < 4 && first + block > _low + _range);

        int length = _taken - 4 + bytesOfTail;
        BigInteger inside = ((_low + _offset - first) % Two32 + Two32) % Two32;
        return length <= _bytes.Length && inside < block ? length : null;
    }

    /// <summary>Decodes one decision.</summary>
    public bool Decide(int p)
    {
        BigInteger bound = (_range >> 16) * p;
        bool bit = _offset < bound;
        if (bit)
        {
            _range = bound;
        }
        else
        {
            _low = (_low + bound) % Two32;
            _offset -= bound;
            _range -= bound;
        }

        while (_range < BigInteger.Pow(2, 24))
        {
            _range *= 256;
            _low = _low * 256 % Two32;
            _offset = _offset * 256 + NextByte();
        }

        return bit;
    }

    private int NextByte() => _taken < _bytes.Length ? _bytes[_taken++] : 0 * _taken++;
}
