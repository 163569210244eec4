using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
        var magnitudes = new short[prior.Tables.Qualities[quality].Coded];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                context.Begin(row, column);
                int extent = DecodeNumber(ref decoder, probabilities.Extents(context.ExtentContext), probabilities.Shift, "extent", probabilities.Groups);
                int transform = extent == 0
                    ? 0
                    : DecodeNumber(ref decoder, probabilities.Transforms(context.TransformContext), probabilities.Shift, "transform", transforms - 1);
                int count = probabilities.CountOf(extent);
                context.Gather(count, transform);
                DecodeSymbols(ref decoder, prior, probabilities, context, magnitudes.AsSpan(0, count), symbols);
                context.End(extent, transform, magnitudes, symbols);
                sink(row, column, transform, symbols.AsSpan(0, count));
            }

            // What a damaged code's zeros decode to costs time: a row past its last byte ends it.
            if (decoder.IsExhausted) break;
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

    /// <summary>Decodes a block's symbols: where the time of a decoder goes, so the coder and all that does not change stay in registers.</summary>
    private static void DecodeSymbols(
        ref RangeDecoder state, Prior prior, AdaptiveTables probabilities, GridContext context, Span<short> magnitudes, Span<short> symbols)
    {
        RangeDecoder decoder = state;
        PriorTables tables = prior.Tables;
        Trellis trellis = tables.Trellis;
        int predicted = tables.Grid!.Predicted, reach = tables.Grid.Reach, decisions = tables.Decisions, scales = tables.Scales, shift = probabilities.Shift, toScale = tables.Shift;
        ReadOnlySpan<int> accumulators = context.Accumulators;
        // Rows end inside the table: a scale is clamped, a state is the trellis's, and a magnitude ends with its row.
        ref ushort table = ref MemoryMarshal.GetReference(probabilities.Rows);
        int trellisState = 0;
        for (int i = 0; i < magnitudes.Length; i++)
        {
            int scale = Math.Clamp(accumulators[i] >> toScale, 0, scales - 1), magnitude = 0;
            ref ushort row = ref Unsafe.Add(ref table, (trellisState * scales + scale) * decisions);
            while (true)
            {
                bool larger = decoder.Decode(row);
                AdaptiveTables.Learn(ref row, larger, shift);
                if (!larger) break;
                row = ref Unsafe.Add(ref row, 1);
                if (++magnitude < decisions) continue;
                // The one call that takes the decoder's address gets a copy.
                RangeDecoder copy = decoder;
                magnitude += SymbolCoder.DecodeEscape(ref copy, decisions, i);
                decoder = copy;
                break;
            }

            magnitudes[i] = (short)magnitude;
            int value = magnitude;
            if (magnitude != 0)
            {
                if (i < predicted || i >= reach)
                {
                    if (decoder.Decode(Even)) value = -magnitude;
                }
                else
                {
                    bool negative = context.ExpectNegative(i, out int certainty);
                    ref ushort probability = ref probabilities.Sign(i, certainty);
                    bool asForeseen = decoder.Decode(probability);
                    AdaptiveTables.Learn(ref probability, asForeseen, shift);
                    if (asForeseen == negative) value = -magnitude;
                }

                context.Observe(i, magnitude, magnitudes.Length);
            }

            if (i < predicted) value = Add(context.Predict(i), value, i);
            else trellisState = trellis.Next(trellisState, magnitude);
            symbols[i] = (short)value;
        }

        state = decoder;
    }

    private static int Add(int prediction, int value, int latent) => prediction + value is >= -SymbolCoder.MaxMagnitude and <= SymbolCoder.MaxMagnitude and var symbol
        ? symbol
        : throw new InvalidCodeException("payload", 0, $"latent {latent} of a block has a symbol outside ±{SymbolCoder.MaxMagnitude}; the code is damaged.");
}
