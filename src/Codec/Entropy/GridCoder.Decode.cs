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
                DecodeSymbols(ref decoder, prior, probabilities, context, symbols.AsSpan(0, count));
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
    /// Decodes a block's symbols. A decoder spends most of its time here: the range decoder is copied, so that its fields and the loop's
    /// invariants stay in registers.
    /// </summary>
    private static void DecodeSymbols(
        ref RangeDecoder state,
        Prior prior,
        AdaptiveTables probabilities,
        GridContext context,
        Span<short> symbols
    )
    {
        RangeDecoder decoder = state;
        PriorTables tables = prior.Tables;
        int predicted = tables.Grid!.Predicted,
            reach = tables.Grid.Reach,
            scales = tables.Scales,
            shift = probabilities.Shift,
            toScale = tables.Shift;
        int rows = probabilities.Rows,
            end = probabilities.Continue.Length;
        ReadOnlySpan<int> accumulators = context.Accumulators[..symbols.Length];
        // Indices stay inside the tables: the scale is clamped, the state is one of the trellis's, and a magnitude ends with its row.
        ref ushort table = ref MemoryMarshal.GetReference(probabilities.Continue);
        ref byte next = ref MemoryMarshal.GetReference(tables.Trellis.Transitions);
        ref byte quantizerOf = ref MemoryMarshal.GetReference(tables.Trellis.StateQuantizers);
        symbols.Clear();
        int trellisState = 0;
        for (int i = 0; i < symbols.Length; i++)
        {
            int at = trellisState * scales + Math.Clamp(accumulators[i] >> toScale, 0, scales - 1),
                magnitude = 0;
            while (true)
            {
                ref ushort decision = ref Unsafe.Add(ref table, at);
                bool larger = decoder.Decode(decision);
                AdaptiveTables.Learn(ref decision, larger, shift);
                if (!larger)
                    break;
                magnitude++;
                at += rows;
                if (at < end)
                    continue;
                // The call takes the decoder's address, which would keep the decoder itself out of registers.
                RangeDecoder copy = decoder;
                magnitude += SymbolCoder.DecodeEscape(ref copy, magnitude, i);
                decoder = copy;
                break;
            }

            byte quantizer = Unsafe.Add(ref quantizerOf, trellisState);
            if (i >= predicted)
                trellisState = Unsafe.Add(ref next, 2 * trellisState + (magnitude & 1));
            if (magnitude == 0)
            {
                if (i < predicted)
                    context.Settle(i, symbols[i] = Add(context.Predict(i), 0, i));
                continue;
            }

            // −1 for negative, 0 for positive. Signs are nearly even, so a branch on one would be mispredicted every other time.
            int sign;
            if (i < predicted || i >= reach)
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

            int value = (magnitude ^ sign) - sign;
            if (i < predicted)
                context.Settle(i, symbols[i] = Add(context.Predict(i), value, i));
            else
                symbols[i] = Add(0, value, i);
            context.Observe(i, magnitude, symbols.Length);
            context.Record(i, magnitude, quantizer);
        }

        state = decoder;
    }

    private static short Add(int prediction, int value, int latent) =>
        prediction + value is >= -SymbolCoder.MaxMagnitude and <= SymbolCoder.MaxMagnitude and var symbol
            ? (short)symbol
            : throw new InvalidCodeException(
                "payload",
                0,
                $"latent {latent} of a block has a symbol outside ±{SymbolCoder.MaxMagnitude}; the code is damaged."
            );
}
