using System.Numerics;

namespace Codec.Entropy;

/// <summary>
/// Predicts the colours of a block from its luminance, and the second colour from the first, too, by the factors that fit the four
/// neighbouring blocks best (least squares; docs/format.md, Colours). One instance for each image; not thread-safe.
/// </summary>
/// <remarks>
/// Integers only. The value of a latent is in 16ths of the step that its luminance has at the neutral level, so that values of different
/// latents, colours and blocks compare.
/// </remarks>
internal sealed class ColourPrediction
{
    /// <summary>Fraction bits of a value: 2^−this of a step of luminance.</summary>
    public const int ValueBits = StepRule.SymbolBits;

    /// <summary>A prediction below this counts as zero: a quarter of a step.</summary>
    private const int Faint = 4;

    private const int FactorBits = 10;
    private const int MaxValue = 1 << 22;
    private const int MaxPoint = 1 << 15;
    private const int MaxFactor = 8 << FactorBits;
    private const long MaxMeanShift = 1 << 30;

    /// <summary>Added to the sums of squares, so that factors of a faint neighbourhood are small.</summary>
    private const long Floor = 256;

    /// <summary>Sums are shifted to this many bits before factors are computed, so that all products fit 64 bits.</summary>
    private const int SumBits = 24;

    private readonly ColourTables _tables;
    private readonly Sums[] _cells;
    private readonly Factors[] _factors = new Factors[ColourTables.Bands];

    /// <summary>Creates the predictions of one image.</summary>
    /// <param name="tables">The prior's tables.</param>
    /// <param name="cells">Number of blocks that are remembered.</param>
    public ColourPrediction(ColourTables tables, int cells) => (_tables, _cells) = (tables, new Sums[cells * ColourTables.Bands]);

    /// <summary>Bytes for each block that is remembered.</summary>
    public const int CellBytes = 5 * sizeof(long);

    /// <summary>Finds the factors of a block from its neighbours.</summary>
    public void Begin(ReadOnlySpan<int> neighbours)
    {
        for (int band = 0; band < ColourTables.Bands; band++)
        {
            Sums sums = default;
            foreach (int neighbour in neighbours)
                sums.Add(_cells[neighbour * ColourTables.Bands + band]);
            if (sums.Luminance == 0)
            {
                _factors[band] = default;
                continue;
            }

            sums.Normalize();
            long determinant = Math.Max(1, sums.Luminance * sums.First - sums.LuminanceFirst * sums.LuminanceFirst);
            _factors[band] = new Factors(
                Factor(sums.LuminanceFirst, sums.Luminance),
                Factor(sums.LuminanceSecond * sums.First - sums.FirstSecond * sums.LuminanceFirst, determinant),
                Factor(sums.FirstSecond * sums.Luminance - sums.LuminanceSecond * sums.LuminanceFirst, determinant)
            );
        }
    }

    /// <summary>The value of a symbol alone, without what is predicted.</summary>
    /// <param name="latent">A latent that is not coded as a difference from the neighbours.</param>
    /// <param name="point">The signed point of its quantizer, in steps: ±(2 · |symbol| − quantizer).</param>
    /// <param name="level">The block's level.</param>
    public int Value(int latent, int point, int level)
    {
        long value = Math.Clamp(point, -MaxPoint, MaxPoint) * (long)_tables.Steps.SymbolScale(latent, level);
        return Saturate(
            _tables.IsColour(latent)
                ? (value * _tables.Ratio(latent) + (1 << (ColourTables.RatioBits - 1))) >> ColourTables.RatioBits
                : value
        );
    }

    /// <summary>Predicts the value of a latent from the values of earlier ones; 0 for a latent of luminance.</summary>
    public int Predict(int latent, ReadOnlySpan<int> values)
    {
        int luminance = _tables.Luminance(latent);
        if (luminance == ColourRule.None)
            return 0;
        int first = _tables.First(latent);
        int prediction = Saturate(Combine(_factors[_tables.Band(latent)], values[luminance], first == ColourRule.None ? null : values[first]));
        return Math.Abs(prediction) < Faint ? 0 : prediction;
    }

    /// <summary>Adds a value, with what is predicted.</summary>
    public static int Add(int value, int prediction) => Saturate((long)value + prediction);

    /// <summary>What a latent's prediction adds to its symbol, in 2^−<see cref="StepRule.SymbolBits"/> and at the neutral level.</summary>
    public long ToSymbol(int latent, int prediction) => (prediction * _tables.Inverse(latent)) >> (ColourTables.InverseBits + 1);

    /// <summary>
    /// What the luminance's distance from its prediction adds to the prediction of a mean of a colour, in the unit of predictions.
    /// </summary>
    /// <param name="latent">A latent that is coded as a difference.</param>
    /// <param name="distances">The distances of the earlier ones from their predictions, as <see cref="Distance"/> gives them.</param>
    public long MeanShift(int latent, ReadOnlySpan<long> distances)
    {
        int luminance = _tables.Luminance(latent);
        if (luminance == ColourRule.None)
            return 0;
        int first = _tables.First(latent);
        long shift = Combine(_factors[0], distances[luminance], first == ColourRule.None ? null : distances[first]);
        return (Math.Clamp(shift, -MaxMeanShift, MaxMeanShift) * _tables.Inverse(latent)) >> ColourTables.InverseBits;
    }

    /// <summary>Converts a distance from a prediction to the unit of the luminance.</summary>
    public long Distance(int latent, long distance)
    {
        distance = Math.Clamp(distance, -MaxMeanShift, MaxMeanShift);
        return _tables.IsColour(latent) ? distance * _tables.Ratio(latent) >> ColourTables.RatioBits : distance;
    }

    /// <summary>Records the values of a block for later blocks.</summary>
    /// <param name="cell">The block.</param>
    /// <param name="latents">The latents whose value is not zero.</param>
    /// <param name="values">[K].</param>
    public void End(int cell, ReadOnlySpan<CodedLatent> latents, ReadOnlySpan<int> values)
    {
        Span<Sums> cellSums = _cells.AsSpan(cell * ColourTables.Bands, ColourTables.Bands);
        cellSums.Clear();
        foreach (CodedLatent coded in latents)
        {
            ref Sums sums = ref cellSums[_tables.Band(coded.Latent)];
            long value = values[coded.Latent];
            int luminance = _tables.Luminance(coded.Latent),
                first = _tables.First(coded.Latent);
            if (luminance == ColourRule.None)
            {
                sums.Luminance += value * value;
            }
            else if (first == ColourRule.None)
            {
                sums.LuminanceFirst += values[luminance] * value;
                sums.First += value * value;
            }
            else
            {
                sums.LuminanceSecond += values[luminance] * value;
                sums.FirstSecond += values[first] * value;
            }
        }
    }

    private static long Combine(Factors factors, long luminance, long? first) =>
        (first is { } value ? factors.SecondFromLuminance * luminance + factors.SecondFromFirst * value : factors.FirstFromLuminance * luminance)
            + (1 << (FactorBits - 1))
        >> FactorBits;

    private readonly record struct Factors(long FirstFromLuminance, long SecondFromLuminance, long SecondFromFirst);

    private static long Factor(long numerator, long denominator) =>
        Math.Clamp((numerator << FactorBits) / denominator, -MaxFactor, MaxFactor);

    private static int Saturate(long value) => (int)Math.Clamp(value, -MaxValue, MaxValue);

    /// <summary>Sums of products of values over the latents of one or more blocks.</summary>
    private struct Sums
    {
        public long Luminance;
        public long First;
        public long LuminanceFirst;
        public long LuminanceSecond;
        public long FirstSecond;

        public void Add(in Sums other)
        {
            Luminance += other.Luminance;
            First += other.First;
            LuminanceFirst += other.LuminanceFirst;
            LuminanceSecond += other.LuminanceSecond;
            FirstSecond += other.FirstSecond;
        }

        public void Normalize()
        {
            Luminance += Floor;
            First += Floor;
            long largest = Math.Max(
                Math.Max(Luminance, First),
                Math.Max(Math.Abs(LuminanceFirst), Math.Max(Math.Abs(LuminanceSecond), Math.Abs(FirstSecond)))
            );
            int shift = Math.Max(0, BitOperations.Log2((ulong)largest) + 1 - SumBits);
            Luminance = Math.Max(1, Luminance >> shift);
            First = Math.Max(1, First >> shift);
            LuminanceFirst >>= shift;
            LuminanceSecond >>= shift;
            FirstSecond >>= shift;
        }
    }
}
