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

    /// <summary>A prediction below this counts as zero: half a step.</summary>
    private const int Faint = 8;

    /// <summary>Two products of values and factors that are each below this predict nothing together.</summary>
    private const long FaintProduct = ColourFactors.Scale * (2 * Faint - 1) / 4;

    private const int MaxValue = 1 << 22;
    private const int MaxPoint = 1 << 15;
    private const long MaxMeanShift = 1 << 30;

    private readonly ColourTables _tables;
    private readonly ColourSums[] _cells; // [cells, bands]
    private readonly ColourSums[] _neighbours = new ColourSums[ColourRule.Bands]; // of the current block
    private readonly ColourFactors[] _factors = new ColourFactors[ColourRule.Bands]; // of the current block
    private readonly int[] _values; // [K]: of the current block; zeros between blocks
    private readonly ulong[] _marks; // [K] bits: the latents whose value can differ from zero

    /// <summary>Creates the predictions of one image.</summary>
    /// <param name="tables">The prior's tables.</param>
    /// <param name="cells">Number of blocks that are remembered.</param>
    public ColourPrediction(ColourTables tables, int cells)
    {
        _tables = tables;
        _cells = new ColourSums[cells * ColourRule.Bands];
        _values = new int[tables.Latents.Length];
        _marks = new ulong[(tables.Latents.Length + 63) / 64];
    }

    /// <summary>Bytes for each block that is remembered.</summary>
    public const int CellBytes = ColourRule.Bands * 5 * sizeof(long);

    /// <summary>Finds the factors of a block from its neighbours.</summary>
    public void Begin(ReadOnlySpan<int> neighbours)
    {
        for (int band = 0; band < ColourRule.Bands; band++)
        {
            ColourSums sums = default;
            foreach (int neighbour in neighbours)
                sums.Add(_cells[neighbour * ColourRule.Bands + band]);
            _neighbours[band] = sums;
            _factors[band] = sums.Fit();
        }
    }

    /// <summary>Whether the current block has factors other than zero for a band.</summary>
    public bool Predicts(int band) => _factors[band].Largest > 0;

    /// <summary>The value of a symbol alone, without what is predicted.</summary>
    /// <param name="latent">A latent that is not coded as a difference from the neighbours.</param>
    /// <param name="point">The signed point of its quantizer, in steps: ±(2 · |symbol| − quantizer).</param>
    /// <param name="level">The block's level.</param>
    public int Value(int latent, int point, int level)
    {
        long value = Math.Clamp(point, -MaxPoint, MaxPoint) * (long)_tables.Steps.SymbolScale(latent, level);
        ref readonly ColourLatent tables = ref _tables.Latents[latent];
        return Saturate(tables.IsColour ? (value * tables.Ratio + (1 << (ColourTables.RatioBits - 1))) >> ColourTables.RatioBits : value);
    }

    /// <summary>Predicts the value of a latent from the values of earlier ones; 0 for a latent of luminance.</summary>
    public int Predict(int latent, ReadOnlySpan<int> values) => Predict(_tables.Latents[latent], values);

    /// <summary>Adds a value, with what is predicted.</summary>
    public static int Add(int value, int prediction) => Saturate((long)value + prediction);

    /// <summary>What a latent's prediction adds to its symbol, in 2^−<see cref="StepRule.SymbolBits"/> and at the neutral level.</summary>
    public long ToSymbol(int latent, int prediction) => (prediction * _tables.Latents[latent].Inverse) >> (ColourTables.InverseBits + 1);

    /// <summary>
    /// What the luminance's distance from its prediction adds to the prediction of a mean of a colour, in the unit of predictions.
    /// </summary>
    /// <param name="latent">A latent that is coded as a difference.</param>
    /// <param name="distances">The distances of the earlier ones from their predictions, as <see cref="Distance"/> gives them.</param>
    public long MeanShift(int latent, ReadOnlySpan<long> distances)
    {
        ref readonly ColourLatent tables = ref _tables.Latents[latent];
        if (!tables.IsColour)
            return 0;
        ref readonly ColourFactors factors = ref _factors[tables.Band];
        long shift =
            tables.First == ColourLatent.None
                ? factors.First(distances[tables.Luminance])
                : factors.Second(distances[tables.Luminance], distances[tables.First]);
        return (Math.Clamp(shift, -MaxMeanShift, MaxMeanShift) * tables.Inverse) >> ColourTables.InverseBits;
    }

    /// <summary>Converts a distance from a prediction to the unit of the luminance.</summary>
    public long Distance(int latent, long distance)
    {
        distance = Math.Clamp(distance, -MaxMeanShift, MaxMeanShift);
        ref readonly ColourLatent tables = ref _tables.Latents[latent];
        return tables.IsColour ? distance * tables.Ratio >> ColourTables.RatioBits : distance;
    }

    /// <summary>
    /// Ends a block: finds the latents that have a symbol or a prediction, and records the sums of their products for later blocks.
    /// </summary>
    /// <param name="cell">The block.</param>
    /// <param name="level">Its level.</param>
    /// <param name="nonZero">Its latents whose symbol is not zero, ascending, without those that are coded as differences.</param>
    /// <param name="symbols">[count]: the symbols of the latents within its extent; nothing is predicted of later ones.</param>
    /// <param name="quantizers">The quantizers of the latents that are not zero, by latent.</param>
    /// <param name="latents">What was found, ascending; overwritten.</param>
    /// <returns>How many were found.</returns>
    public int End(
        int cell,
        int level,
        ReadOnlySpan<short> nonZero,
        ReadOnlySpan<short> symbols,
        ReadOnlySpan<byte> quantizers,
        Span<CodedLatent> latents
    )
    {
        Span<ColourSums> sums = _cells.AsSpan(cell * ColourRule.Bands, ColourRule.Bands);
        for (int band = 0; band < sums.Length; band++)
            sums[band] = _neighbours[band].Remembered();
        foreach (short latent in nonZero)
        {
            int point = 2 * SymbolCoder.Magnitude(symbols[latent]) - quantizers[latent];
            _values[latent] = Value(latent, symbols[latent] < 0 ? -point : point, level);
            Mark(latent);
        }

        // A latent marks those that it predicts, which come after it.
        int found = 0;
        ReadOnlySpan<ColourLatent> all = _tables.Latents;
        Span<int> values = _values;
        for (int word = 0; word < _marks.Length; word++)
        {
            while (_marks[word] != 0)
            {
                int latent = (word << 6) + BitOperations.TrailingZeroCount(_marks[word]);
                _marks[word] &= _marks[word] - 1;
                ref readonly ColourLatent tables = ref all[latent];
                int prediction = Predict(tables, values),
                    value = Add(values[latent], prediction);
                short symbol = symbols[latent];
                values[latent] = value;
                if (symbol != 0 || prediction != 0)
                    latents[found++] = new CodedLatent((short)latent, symbol, symbol == 0 ? (byte)0 : quantizers[latent], prediction);
                if (value == 0)
                    continue;
                Add(ref sums[tables.Band], tables, value);
                if (Math.Abs(value) * _factors[tables.Band].Largest < FaintProduct)
                    continue;
                foreach (short affected in _tables.AffectedBy(tables))
                {
                    if (affected < symbols.Length)
                        Mark(affected);
                }
            }
        }

        for (int i = 0; i < found; i++)
            _values[latents[i].Latent] = 0;
        return found;
    }

    private int Predict(in ColourLatent tables, ReadOnlySpan<int> values)
    {
        if (!tables.IsColour)
            return 0;
        ref readonly ColourFactors factors = ref _factors[tables.Band];
        int prediction = Saturate(
            tables.First == ColourLatent.None
                ? factors.First(values[tables.Luminance])
                : factors.Second(values[tables.Luminance], values[tables.First])
        );
        return Math.Abs(prediction) < Faint ? 0 : prediction;
    }

    private void Add(ref ColourSums sums, in ColourLatent tables, int value)
    {
        if (!tables.IsColour)
            sums.AddLuminance(value);
        else if (tables.First == ColourLatent.None)
            sums.AddFirst(_values[tables.Luminance], value);
        else
            sums.AddSecond(_values[tables.Luminance], _values[tables.First], value);
    }

    private void Mark(int latent) => _marks[latent >> 6] |= 1UL << (latent & 63);

    private static int Saturate(long value) => (int)Math.Clamp(value, -MaxValue, MaxValue);
}
