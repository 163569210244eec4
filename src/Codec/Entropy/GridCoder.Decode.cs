using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Codec.Errors;

namespace Codec.Entropy;

internal static partial class GridCoder
{
    /// <summary>Decodes a grid.</summary>
    /// <param name="prior">A prior with a grid.</param>
    /// <param name="quality">Index of its quality.</param>
    /// <param name="rows">Rows of blocks.</param>
    /// <param name="columns">Blocks in a row.</param>
    /// <param name="code">The code, and whatever follows it.</param>
    /// <param name="sink">Told every block in the order of coding.</param>
    /// <returns>Bytes that the code took.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    public static int Decode(Prior prior, int quality, int rows, int columns, ReadOnlySpan<byte> code, BlockSink sink)
    {
        var context = new GridContext(prior, quality, columns);
        var probabilities = new AdaptiveTables(prior, quality);
        var decoder = new RangeDecoder(code);
        int transforms = prior.Tables.Grid!.Transforms;
        var symbols = new short[prior.Tables.Latents];
        var quantizers = new byte[prior.Tables.Qualities[quality].Coded];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                context.Begin(row, column);
                int extent = DecodeNumber(
                    ref decoder,
                    probabilities.Extents(context.ExtentContext),
                    probabilities.Shift,
                    "extent",
                    probabilities.Groups
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
                int count = probabilities.CountOf(extent);
                context.Gather(count, transform);
                DecodeSymbols(ref decoder, prior, probabilities, context, symbols.AsSpan(0, count), quantizers);
                context.End(extent, transform, symbols);
                sink(
                    new DecodedBlock
                    {
                        Row = row,
                        Column = column,
                        Transform = transform,
                        Symbols = symbols.AsSpan(0, count),
                        Filled = context.Kept,
                        Quantizers = quantizers,
                    }
                );
            }

            // What a damaged code's zeros decode to costs time: a row past its last byte ends it.
            if (decoder.IsExhausted)
                break;
        }

        return decoder.TryFinish(out int length) ? length : throw SymbolCoder.Unfinished(length, code.Length);
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
    /// Decodes a block's symbols: where the time of a decoder goes, so the coder and all that does not change stay in registers.
    /// </summary>
    private static void DecodeSymbols(
        ref RangeDecoder state,
        Prior prior,
        AdaptiveTables probabilities,
        GridContext context,
        Span<short> symbols,
        Span<byte> quantizers
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
            end = probabilities.Decisions.Length;
        ReadOnlySpan<int> accumulators = context.Accumulators[..symbols.Length];
        // A decision lies inside the table: a scale is clamped, a state is the trellis's, and a magnitude ends with its row.
        ref ushort table = ref MemoryMarshal.GetReference(probabilities.Decisions);
        ref byte next = ref MemoryMarshal.GetReference(tables.Trellis.Transitions);
        ref byte quantizerOf = ref MemoryMarshal.GetReference(tables.Trellis.StateQuantizers);
        symbols.Clear();
        int trellisState = 0,
            filled = 0;
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
                // The one call that takes the decoder's address gets a copy.
                RangeDecoder copy = decoder;
                magnitude += SymbolCoder.DecodeEscape(ref copy, magnitude, i);
                decoder = copy;
                break;
            }

            byte quantizer = Unsafe.Add(ref quantizerOf, trellisState);
            if (i >= predicted)
                trellisState = Unsafe.Add(ref next, 2 * trellisState + (magnitude & 1));
            else
                symbols[i] = Add(context.Predict(i), 0, i);
            if (magnitude == 0)
                continue;
            // Signs are near even: a processor that guesses would guess wrong every other time. −1 for a negative one, 0 for another.
            int sign;
            if (i < predicted || i >= reach)
            {
                sign = decoder.DecodeMask(Even);
            }
            else
            {
                bool negative = context.ExpectNegative(i, out int certainty);
                ref ushort probability = ref probabilities.Sign(i, certainty);
                int asForeseen = decoder.DecodeMask(probability);
                AdaptiveTables.Learn(ref probability, asForeseen, shift);
                sign = ~(asForeseen ^ (negative ? -1 : 0));
            }

            symbols[i] = Add(symbols[i], (magnitude ^ sign) - sign, i);
            context.Observe(i, magnitude, symbols.Length);
            context.Keep(i, magnitude);
            quantizers[filled++] = quantizer;
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
