namespace Codec.Entropy;

/// <summary>
/// What is known before a pixel of a palette code is coded: its neighbours' colours, and the probabilities that it has them
/// (docs/format.md, Palette code). One instance for each image; not thread-safe.
/// </summary>
/// <remarks>
/// Colours are numbered in the order in which they first occur. A pixel is compared with up to four neighbours; each decision has two
/// adaptive probabilities, one by which neighbours are equal and one by the colours themselves, and is coded with their mean.
/// </remarks>
internal sealed class PaletteContext
{
    /// <summary>Largest number of colours.</summary>
    public const int MaxColours = 256;

    /// <summary>Largest number of neighbours that a pixel is compared with.</summary>
    public const int MaxCandidates = 4;

    // Pixels outside the image on either side of a row, and their number, which no colour has.
    private const int Margin = 2;
    private const int Outside = -1;

    private const int Patterns = 1 << 7;
    private const int HashBits = 12;

    // A probability moves by 1/2 of its distance to its first outcome, by 1/4 to its second, and by 1/32 from its fifth on.
    private const int SlowestShift = 5;

    private const int Hashed = MaxCandidates * Patterns;
    private const int New = Hashed + (MaxCandidates << HashBits);
    private const int Numbers = New + 1;

    private readonly ushort[] _probabilities = new ushort[Numbers + MaxColours];
    private readonly byte[] _shifts = new byte[Numbers + MaxColours];
    private int[] _here;
    private int[] _above;
    private int[] _above2;
    private int _pattern;
    private int _hash;

    /// <summary>Creates the context of an image's first row.</summary>
    /// <param name="width">The image's width in pixels.</param>
    public PaletteContext(int width)
    {
        Array.Fill(_probabilities, (ushort)(1 << (RangeEncoder.ProbabilityBits - 1)));
        Array.Fill(_shifts, (byte)1);
        (_here, _above, _above2) = (NewRow(), NewRow(), NewRow());

        int[] NewRow()
        {
            var row = new int[width + 2 * Margin];
            Array.Fill(row, Outside);
            return row;
        }
    }

    /// <summary>Begins the next row.</summary>
    public void EndRow()
    {
        (_here, _above, _above2) = (_above2, _here, _above);
        Array.Fill(_here, Outside);
    }

    /// <summary>Begins a pixel.</summary>
    /// <param name="x">Its column.</param>
    /// <param name="candidates">The colours to compare with, most probable first; all differ.</param>
    /// <returns>How many there are.</returns>
    public int Begin(int x, Span<int> candidates)
    {
        int at = x + Margin,
            left = _here[at - 1],
            up = _above[at],
            upLeft = _above[at - 1],
            upRight = _above[at + 1];
        _pattern =
            (left == up ? 1 : 0)
            | (left == upLeft ? 2 : 0)
            | (up == upLeft ? 4 : 0)
            | (up == upRight ? 8 : 0)
            | (left == _here[at - 2] ? 16 : 0)
            | (up == _above2[at] ? 32 : 0)
            | (upRight == _above[at + 2] ? 64 : 0);
        uint colours = (byte)left | (uint)(byte)up << 8 | (uint)(byte)upRight << 16;
        _hash = (int)(unchecked(colours * 2654435761u) >> (32 - HashBits));

        int count = 0;
        foreach (int colour in (ReadOnlySpan<int>)[left, up, upRight, upLeft])
        {
            if (colour != Outside && !candidates[..count].Contains(colour))
                candidates[count++] = colour;
        }

        return count;
    }

    /// <summary>Ends a pixel.</summary>
    public void End(int x, int colour) => _here[x + Margin] = colour;

    /// <summary>The probability that the pixel has the colour of a candidate, given that it has none of those before.</summary>
    public uint ProbabilityOf(int candidate) => (uint)(_probabilities[ByPattern(candidate)] + _probabilities[ByColours(candidate)]) >> 1;

    /// <summary>Learns whether the pixel had the colour of a candidate.</summary>
    public void Learn(int candidate, bool decided)
    {
        Learn(ref _probabilities[ByPattern(candidate)], ref _shifts[ByPattern(candidate)], decided);
        Learn(ref _probabilities[ByColours(candidate)], ref _shifts[ByColours(candidate)], decided);
    }

    /// <summary>The probability that a colour is new, given that it is no neighbour's.</summary>
    public uint ProbabilityOfNew => _probabilities[New];

    /// <summary>Learns whether a colour was new.</summary>
    public void LearnNew(bool decided) => Learn(ref _probabilities[New], ref _shifts[New], decided);

    /// <summary>The probability of a one at a node of the tree of colours' numbers; the root is node 1.</summary>
    public uint ProbabilityOfNode(int node) => _probabilities[Numbers + node];

    /// <summary>Learns a digit of a colour's number.</summary>
    public void LearnNode(int node, bool decided) => Learn(ref _probabilities[Numbers + node], ref _shifts[Numbers + node], decided);

    private static void Learn(ref ushort probability, ref byte shift, bool decided)
    {
        AdaptiveTables.Learn(ref probability, decided, shift);
        if (shift < SlowestShift)
            shift++;
    }

    private int ByPattern(int candidate) => candidate * Patterns + _pattern;

    private int ByColours(int candidate) => Hashed + (candidate << HashBits) + _hash;
}
