using System.Numerics;

namespace Codec.Entropy;

/// <summary>Supplies the symbols of one block.</summary>
/// <param name="row">The block's row, from 0.</param>
/// <param name="column">The block's column, from 0.</param>
/// <param name="symbols">One for each latent; overwritten.</param>
/// <returns>The transform that the latents belong to; ignored if all symbols but the predicted ones are zero.</returns>
internal delegate int BlockSource(int row, int column, Span<short> symbols);

/// <summary>Turns the symbols of a grid of blocks into a code and back, block by block, row by row (docs/format.md, Grid).</summary>
/// <remarks>
/// A block is its extent, its transform, and its symbols. Symbols are coded as <see cref="SymbolCoder"/> codes them, but in the context of
/// the neighbouring blocks, and probabilities adapt to the image.
/// </remarks>
internal static partial class GridCoder
{
    private const uint Even = SymbolCoder.Even;

    /// <summary>Encodes the symbols of rows of blocks.</summary>
    /// <param name="context">A context of the image; no block before these rows is used.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="source">
    /// Called for every block in the order of coding, while the context is at that block; a search may use the context during the call.
    /// Latents past the last coded one must be zero.
    /// </param>
    /// <returns>The code, owned by the caller.</returns>
    /// <exception cref="ArgumentException">A symbol is too far from its prediction.</exception>
    public static byte[] Encode(GridContext context, RowRange rows, BlockSource source)
    {
        Prior prior = context.Prior;
        BlockShape shape = context.Shape;
        var probabilities = new AdaptiveTables(prior, context.Quality);
        var encoder = new RangeEncoder();
        var symbols = new short[prior.Tables.Latents];
        try
        {
            for (int row = 0; row < rows.Count; row++)
            {
                for (int column = 0; column < context.Columns; column++)
                {
                    context.Begin(row, column);
                    int transform = source(rows.First + row, column, symbols),
                        extent = shape.Extent(symbols);
                    EncodeNumber(ref encoder, probabilities.Extents(context.ExtentContext), probabilities.Shift, extent);
                    if (extent == 0)
                        transform = 0;
                    else
                        EncodeNumber(ref encoder, probabilities.Transforms(context.TransformContext), probabilities.Shift, transform);
                    int count = shape.Count(extent);
                    context.Gather(count, transform);
                    EncodeSymbols(ref encoder, probabilities, context, symbols.AsSpan(0, count), rows.First + row, column);
                    context.End(extent, transform, symbols);
                }
            }

            return encoder.Finish();
        }
        finally
        {
            encoder.Dispose();
        }
    }

    private static void EncodeSymbols(
        ref RangeEncoder encoder,
        AdaptiveTables probabilities,
        GridContext context,
        ReadOnlySpan<short> symbols,
        int row,
        int column
    )
    {
        Trellis trellis = context.Prior.Tables.Trellis;
        int predicted = context.Shape.Predicted,
            reach = context.Prior.Tables.Grid!.Reach,
            state = 0;
        for (int i = 0; i < symbols.Length; i++)
        {
            int value = i < predicted ? symbols[i] - context.Predict(i) : symbols[i],
                magnitude = Math.Abs(value);
            if (magnitude > SymbolCoder.MaxMagnitude)
            {
                throw new ArgumentException(
                    $"Latent {i} of block ({row}, {column}) differs by {value} from its prediction; at most {SymbolCoder.MaxMagnitude} can be coded.",
                    nameof(symbols)
                );
            }

            EncodeMagnitude(ref encoder, probabilities, state, context.Scale(i), magnitude);
            int quantizer = trellis.Quantizer(state);
            if (i >= predicted)
                state = trellis.Next(state, magnitude);
            else
                context.Settle(i, symbols[i]);
            if (magnitude == 0)
                continue;
            if (i < predicted || i >= reach)
                encoder.Encode(value < 0, Even);
            else
                EncodeSign(ref encoder, probabilities, context, i, value < 0);
            context.Record(i, magnitude, quantizer, symbols.Length);
        }
    }

    /// <summary>Encodes a number as the leaf of a binary tree, bit by bit, the most significant first.</summary>
    private static void EncodeNumber(ref RangeEncoder encoder, Span<ushort> nodes, int shift, int number)
    {
        int leaf = number + nodes.Length;
        for (int depth = BitOperations.Log2((uint)nodes.Length) - 1; depth >= 0; depth--)
        {
            ref ushort node = ref nodes[leaf >> (depth + 1)];
            bool one = (leaf >> depth & 1) != 0;
            encoder.Encode(one, node);
            AdaptiveTables.Learn(ref node, one, shift);
        }
    }

    private static void EncodeSign(ref RangeEncoder encoder, AdaptiveTables probabilities, GridContext context, int latent, bool negative)
    {
        bool asPredicted = context.PredictNegative(latent, out int certainty) == negative;
        ref ushort probability = ref probabilities.Sign(latent, certainty);
        encoder.Encode(asPredicted, probability);
        AdaptiveTables.Learn(ref probability, asPredicted, probabilities.Shift);
    }

    private static void EncodeMagnitude(ref RangeEncoder encoder, AdaptiveTables probabilities, int state, int scale, int magnitude)
    {
        int decisions = probabilities.Continue.Length / probabilities.Rows;
        for (int m = 0; m < decisions; m++)
        {
            ref ushort probability = ref probabilities.ContinueAt(m, state, scale);
            encoder.Encode(magnitude > m, probability);
            AdaptiveTables.Learn(ref probability, magnitude > m, probabilities.Shift);
            if (magnitude == m)
                return;
        }

        SymbolCoder.EncodeEscape(ref encoder, magnitude - decisions);
    }
}
