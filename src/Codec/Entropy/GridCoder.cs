using System.Numerics;

namespace Codec.Entropy;

/// <summary>Fills in the symbols of one block.</summary>
/// <param name="row">The block's row.</param>
/// <param name="column">Its column.</param>
/// <param name="symbols">One for each latent; overwritten.</param>
/// <returns>The transform that they are latents of; not looked at where all but the predicted ones are zero.</returns>
internal delegate int BlockSource(int row, int column, Span<short> symbols);

/// <summary>Takes one block.</summary>
/// <param name="block">The block; valid for the call only.</param>
internal delegate void BlockSink(in DecodedBlock block);

/// <summary>What a code says of one block.</summary>
internal readonly ref struct DecodedBlock
{
    /// <summary>The block's row.</summary>
    public required int Row { get; init; }

    /// <summary>Its column.</summary>
    public required int Column { get; init; }

    /// <summary>The transform that its latents are of.</summary>
    public required int Transform { get; init; }

    /// <summary>Those of the first latents; all behind them are zero.</summary>
    public required ReadOnlySpan<short> Symbols { get; init; }

    /// <summary>The latents whose magnitude, as coded, is not zero: rising. All others are zero, but for predicted ones.</summary>
    public required ReadOnlySpan<short> Filled { get; init; }

    /// <summary>The quantizer that each of them met.</summary>
    public required ReadOnlySpan<byte> Quantizers { get; init; }
}

/// <summary>Turns the symbols of a grid of blocks into a code and back, block by block, row by row (docs/format.md, Grid).</summary>
/// <remarks>
/// A block is its extent — how many groups of latents are coded, the others being zero —, its transform, and then its symbols as
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
        int predicted = prior.Tables.Grid!.Predicted,
            reach = prior.Tables.Grid.Reach;
        var context = new GridContext(prior, quality, columns);
        var probabilities = new AdaptiveTables(prior, quality);
        var encoder = new RangeEncoder();
        var symbols = new short[prior.Tables.Latents];
        try
        {
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    int transform = source(row, column, symbols);
                    context.Begin(row, column);
                    int last = symbols.AsSpan(predicted).LastIndexOfAnyExcept((short)0) + predicted;
                    int extent = last < predicted ? 0 : last / Prior.GroupSize + 1;
                    EncodeNumber(ref encoder, probabilities.Extents(context.ExtentContext), probabilities.Shift, extent);
                    if (extent == 0)
                        transform = 0;
                    else
                        EncodeNumber(ref encoder, probabilities.Transforms(context.TransformContext), probabilities.Shift, transform);
                    int count = probabilities.CountOf(extent);
                    context.Gather(count, transform);
                    int state = 0;
                    for (int i = 0; i < count; i++)
                    {
                        int value = i < predicted ? symbols[i] - context.Predict(i) : symbols[i];
                        int magnitude = Math.Abs(value);
                        if (magnitude > SymbolCoder.MaxMagnitude)
                        {
                            throw new ArgumentException(
                                $"Latent {i} of block ({row}, {column}) is {value} away from its prediction; at most {SymbolCoder.MaxMagnitude} can be coded.",
                                nameof(source)
                            );
                        }

                        EncodeMagnitude(ref encoder, probabilities, state, context.Scale(i), magnitude);
                        if (i >= predicted)
                            state = prior.Tables.Trellis.Next(state, magnitude);
                        if (magnitude == 0)
                            continue;
                        if (i < predicted || i >= reach)
                            encoder.Encode(value < 0, Even);
                        else
                            EncodeSign(ref encoder, probabilities, context, i, value < 0);
                        context.Observe(i, magnitude, count);
                        context.Keep(i, magnitude);
                    }

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

    /// <summary>Encodes a number below the count of a tree's nodes, bit by bit, the most significant first.</summary>
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
        bool asForeseen = context.ExpectNegative(latent, out int certainty) == negative;
        ref ushort probability = ref probabilities.Sign(latent, certainty);
        encoder.Encode(asForeseen, probability);
        AdaptiveTables.Learn(ref probability, asForeseen, probabilities.Shift);
    }

    private static void EncodeMagnitude(ref RangeEncoder encoder, AdaptiveTables probabilities, int state, int scale, int magnitude)
    {
        int decisions = probabilities.Decisions.Length / probabilities.Rows;
        for (int m = 0; m < decisions; m++)
        {
            ref ushort probability = ref probabilities.Decision(m, state, scale);
            encoder.Encode(magnitude > m, probability);
            AdaptiveTables.Learn(ref probability, magnitude > m, probabilities.Shift);
            if (magnitude == m)
                return;
        }

        SymbolCoder.EncodeEscape(ref encoder, magnitude - decisions);
    }
}
