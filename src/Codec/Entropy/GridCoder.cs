namespace Codec.Entropy;

/// <summary>Fills in the symbols of one block.</summary>
/// <param name="row">The block's row.</param>
/// <param name="column">Its column.</param>
/// <param name="symbols">One for each latent; overwritten.</param>
internal delegate void BlockSource(int row, int column, Span<short> symbols);

/// <summary>Takes the symbols of one block.</summary>
/// <param name="row">The block's row.</param>
/// <param name="column">Its column.</param>
/// <param name="symbols">Those of the first latents; all behind them are zero. Valid for the call only.</param>
internal delegate void BlockSink(int row, int column, ReadOnlySpan<short> symbols);

/// <summary>Turns the symbols of a grid of blocks into a code and back, block by block, row by row (docs/format.md, Grid).</summary>
/// <remarks>
/// A block is its extent — how many groups of latents are coded, the others being zero — and then its symbols as
/// <see cref="SymbolCoder"/> has them, but in the context of the blocks around it. Probabilities follow what an image holds.
/// </remarks>
internal static partial class GridCoder
{
    private const uint Even = SymbolCoder.Even;

    /// <summary>Encodes a grid.</summary>
    /// <param name="prior">A prior with a grid.</param>
    /// <param name="quality">Index of its quality.</param>
    /// <param name="rows">Rows of blocks, 1 or more.</param>
    /// <param name="columns">Blocks in a row, 1 or more.</param>
    /// <param name="source">Asked for every block in the order of coding; latents behind the coded ones must be zero.</param>
    /// <returns>The code, owned by the caller.</returns>
    public static byte[] Encode(Prior prior, int quality, int rows, int columns, BlockSource source)
    {
        PriorQuality tables = prior.Tables.Qualities[quality];
        int predicted = prior.Tables.Grid!.Predicted;
        var context = new GridContext(prior, quality, columns);
        var probabilities = new AdaptiveTables(prior, quality);
        var encoder = new RangeEncoder();
        var symbols = new short[prior.Tables.Latents];
        var magnitudes = new short[tables.Coded];
        try
        {
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < columns; column++)
                {
                    source(row, column, symbols);
                    context.Begin(row, column);
                    int last = symbols.AsSpan(predicted).LastIndexOfAnyExcept((short)0) + predicted;
                    int extent = last < predicted ? 0 : last / Prior.GroupSize + 1;
                    EncodeExtent(ref encoder, probabilities, context.ExtentContext, extent);
                    int count = probabilities.CountOf(extent);
                    context.Gather(count);
                    int state = 0;
                    for (int i = 0; i < count; i++)
                    {
                        int value = i < predicted ? symbols[i] - context.Predict(i) : symbols[i];
                        int magnitude = Math.Abs(value);
                        if (magnitude > SymbolCoder.MaxMagnitude)
                            throw new ArgumentException($"Latent {i} of block ({row}, {column}) is {value} away from its prediction; at most {SymbolCoder.MaxMagnitude} can be coded.", nameof(source));
                        EncodeMagnitude(ref encoder, probabilities, state, context.Scale(i), magnitude);
                        magnitudes[i] = (short)magnitude;
                        if (i >= predicted) state = prior.Tables.Trellis.Next(state, magnitude);
                        if (magnitude == 0) continue;
                        encoder.Encode(value < 0, Even);
                        context.Observe(i, magnitude, count);
                    }

                    context.End(extent, magnitudes, symbols);
                }

            return encoder.Finish();
        }
        finally
        {
            encoder.Dispose();
        }
    }

    private static void EncodeExtent(ref RangeEncoder encoder, AdaptiveTables probabilities, int context, int extent)
    {
        Span<ushort> nodes = probabilities.Extents(context);
        int node = 1;
        for (int bit = probabilities.ExtentBits - 1; bit >= 0; bit--)
        {
            bool one = (extent >> bit & 1) != 0;
            encoder.Encode(one, nodes[node]);
            AdaptiveTables.Learn(ref nodes[node], one, probabilities.Shift);
            node = 2 * node + (one ? 1 : 0);
        }
    }

    private static void EncodeMagnitude(ref RangeEncoder encoder, AdaptiveTables probabilities, int state, int scale, int magnitude)
    {
        Span<ushort> row = probabilities.Row(state, scale);
        for (int m = 0; m < row.Length; m++)
        {
            encoder.Encode(magnitude > m, row[m]);
            AdaptiveTables.Learn(ref row[m], magnitude > m, probabilities.Shift);
            if (magnitude == m) return;
        }

        SymbolCoder.EncodeEscape(ref encoder, magnitude - row.Length);
    }
}
