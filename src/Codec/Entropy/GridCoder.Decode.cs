using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Codec.Errors;

namespace Codec.Entropy;

internal static partial class GridCoder
{
    /// <summary>Decodes the symbols of rows of blocks.</summary>
    /// <param name="context">A context of the image; no block before these rows is used.</param>
    /// <param name="rows">The rows that the code holds.</param>
    /// <param name="code">The code; other bytes may follow it.</param>
    /// <param name="sink">Called with every block in the order of coding.</param>
    /// <returns>The length of the code in bytes.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    public static int Decode(GridContext context, RowRange rows, ReadOnlySpan<byte> code, BlockSink sink)
    {
        var decoder = new RangeDecoder(code);
        DecodeBlocks(ref decoder, context, rows, sink);
        return decoder.TryFinish(out int length) ? length : throw SymbolCoder.Unfinished(length, code.Length);
    }

    /// <summary>Decodes the first of the rows that a code holds; what follows them is not checked.</summary>
    /// <inheritdoc cref="Decode"/>
    public static void DecodeFirst(GridContext context, RowRange rows, ReadOnlySpan<byte> code, BlockSink sink)
    {
        var decoder = new RangeDecoder(code);
        DecodeBlocks(ref decoder, context, rows, sink);
    }

    private static void DecodeBlocks(ref RangeDecoder decoder, GridContext context, RowRange rows, BlockSink sink)
    {
        Prior prior = context.Prior;
        var probabilities = new AdaptiveTables(prior, context.Quality);
        BlockShape shape = context.Shape;
        int transforms = prior.Tables.Grid!.Transforms;
        var symbols = new short[prior.Tables.Latents];
        for (int row = 0; row < rows.Count; row++)
        {
            for (int column = 0; column < context.Columns; column++)
            {
                context.Begin(row, column);
                int extent = DecodeNumber(
                    ref decoder,
                    probabilities.Extents(context.ExtentContext),
                    probabilities.Shift,
                    "extent",
                    shape.Groups
                );
                int transform =
                    extent == 0
                        ? 0
                        : DecodeNumber(
                            ref decoder,
                            probabilities.Transforms(context.TransformContext),
                            probabilities.Shift,
                            "transform",
                            transforms - 1
                        );
                int count = shape.Count(extent);
                context.Gather(count, transform);
                DecodeSymbols(ref decoder, probabilities, context, symbols.AsSpan(0, count));
                context.End(extent, transform, symbols);
                sink(
                    new DecodedBlock
                    {
                        Row = rows.First + row,
                        Column = column,
                        Transform = transform,
                        Level = context.Level,
                        Symbols = symbols.AsSpan(0, count),
                        Latents = context.Latents,
                    }
                );
            }

            // A code reads as zeros past its end, and zeros decode to blocks: stop here, so that a damaged code cannot fill a large grid.
            if (decoder.IsExhausted)
                break;
        }
    }

    private static int DecodeNumber(ref RangeDecoder decoder, Span<ushort> nodes, int shift, string what, int largest)
    {
        int node = 1;
        while (node < nodes.Length)
        {
            bool one = decoder.Decode(nodes[node]);
            AdaptiveTables.Learn(ref nodes[node], one, shift);
            node = 2 * node + (one ? 1 : 0);
        }

        int number = node - nodes.Length;
        return number <= largest
            ? number
            : throw new InvalidCodeException("payload", 0, $"a block's {what} is {number}, more than {largest}; the code is damaged.");
    }

    /// <summary>
    /// Decodes a block's symbols. A decoder spends most of its time here: the range decoder is copied, so that its fields stay in
    /// registers, and what happens once in a block, or never, is kept out of the loop.
    /// </summary>
    private static void DecodeSymbols(ref RangeDecoder state, AdaptiveTables probabilities, GridContext context, Span<short> symbols)
    {
        symbols.Clear();
        int predicted = context.Shape.Predicted;
        for (int i = 0; i < predicted; i++)
            symbols[i] = DecodePredicted(ref state, probabilities, context, i, symbols.Length);

        RangeDecoder decoder = state;
        PriorTables tables = context.Prior.Tables;
        int reach = tables.Grid!.Reach,
            scales = tables.Scales,
            shift = probabilities.Shift,
            toScale = tables.Shift,
            rows = probabilities.Rows,
            decisions = probabilities.Continue.Length / rows;
        ReadOnlySpan<int> accumulators = context.Accumulators[..symbols.Length];
        // Indices stay inside the tables: the scale is clamped, the state is one of the trellis's, and a magnitude ends with its row.
        ref ushort table = ref MemoryMarshal.GetReference(probabilities.Continue);
        ref byte next = ref MemoryMarshal.GetReference(tables.Trellis.Transitions);
        ref byte quantizerOf = ref MemoryMarshal.GetReference(tables.Trellis.StateQuantizers);
        int trellisState = 0;
        for (int i = predicted; i < accumulators.Length; i++)
        {
            int before = trellisState,
                scale = Math.Clamp(accumulators[i] >> toScale, 0, scales - 1);
            ref ushort decision = ref Unsafe.Add(ref table, before * scales + scale);
            if (!decoder.Decode(ref decision, shift))
            {
                trellisState = Unsafe.Add(ref next, 2 * before);
                continue;
            }

            int magnitude = 1;
            while (true)
            {
                if (magnitude == decisions)
                {
                    // The call takes the decoder's address, which would keep the decoder itself out of registers.
                    RangeDecoder copy = decoder;
                    magnitude += SymbolCoder.DecodeEscape(ref copy, magnitude, i);
                    decoder = copy;
                    break;
                }

                decision = ref Unsafe.Add(ref decision, rows);
                if (!decoder.Decode(ref decision, shift))
                    break;
                magnitude++;
            }

            trellisState = Unsafe.Add(ref next, 2 * before + (magnitude & 1));
            // −1 for negative, 0 for positive. Signs are nearly even, so a branch on one would be mispredicted every other time.
            int sign;
            if (i >= reach)
            {
                sign = decoder.DecodeMask(Even);
            }
            else
            {
                bool negative = context.PredictNegative(i, out int certainty);
                ref ushort probability = ref probabilities.Sign(i, certainty);
                int asPredicted = decoder.DecodeMask(probability);
                AdaptiveTables.Learn(ref probability, asPredicted, shift);
                sign = ~(asPredicted ^ (negative ? -1 : 0));
            }

            symbols[i] = (short)((magnitude ^ sign) - sign);
            context.Record(i, magnitude, Unsafe.Add(ref quantizerOf, before), symbols.Length);
        }

        state = decoder;
    }

    /// <summary>Decodes a latent that is coded as a difference from its prediction, and settles it.</summary>
    private static short DecodePredicted(ref RangeDecoder decoder, AdaptiveTables probabilities, GridContext context, int latent, int count)
    {
        int scale = context.Scale(latent),
            decisions = probabilities.Continue.Length / probabilities.Rows,
            magnitude = 0;
        while (decoder.Decode(ref probabilities.ContinueAt(magnitude, 0, scale), probabilities.Shift))
        {
            if (++magnitude < decisions)
                continue;
            magnitude += SymbolCoder.DecodeEscape(ref decoder, magnitude, latent);
            break;
        }

        int symbol = context.Predict(latent);
        if (magnitude > 0)
        {
            symbol += decoder.Decode(Even) ? -magnitude : magnitude;
            if (symbol is < -SymbolCoder.MaxMagnitude or > SymbolCoder.MaxMagnitude)
            {
                throw new InvalidCodeException(
                    "payload",
                    0,
                    $"latent {latent} of a block has a symbol outside ±{SymbolCoder.MaxMagnitude}; the code is damaged."
                );
            }

            context.Record(latent, magnitude, context.Prior.Tables.Trellis.Quantizer(0), count);
        }

        context.Settle(latent, symbol);
        return (short)symbol;
    }
}
