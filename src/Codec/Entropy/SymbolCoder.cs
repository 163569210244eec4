using System.Numerics;
using System.Runtime.CompilerServices;
using Codec.Errors;

namespace Codec.Entropy;

/// <summary>Turns the symbols of one image into a code and back (docs/format.md, Code).</summary>
/// <remarks>
/// A symbol is coded as its magnitude, by the decisions "larger than 0?", "larger than 1?", … of its scale's row; past the end of the row
/// by an Exp-Golomb escape of order 0 (Teuhola 1978), whose decisions have probability ½; then, if it is not zero, as its sign, also with
/// probability ½.
/// </remarks>
internal static class SymbolCoder
{
    /// <summary>The largest magnitude of a symbol, so that a symbol fits 16 bits.</summary>
    public const int MaxMagnitude = short.MaxValue;

    /// <summary>
    /// The largest number of leading ones of an escape: enough for <see cref="MaxMagnitude"/>, and a bound for hostile bytes.
    /// </summary>
    private const int MaxEscapeBits = 15;

    /// <summary>A probability of ½, in 65536ths.</summary>
    public const uint Even = 1u << (RangeEncoder.ProbabilityBits - 1);

    /// <summary>A symbol's magnitude, without a branch: a processor cannot predict signs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Magnitude(short symbol) => (symbol ^ (symbol >> 15)) - (symbol >> 15);

    /// <summary>Encodes the symbols of one image.</summary>
    /// <param name="prior">The prior.</param>
    /// <param name="quality">Index of its quality.</param>
    /// <param name="symbols">
    /// One for each latent; those past the last coded one must be zero, magnitudes at most <see cref="MaxMagnitude"/>.
    /// </param>
    /// <returns>The code, owned by the caller.</returns>
    /// <exception cref="ArgumentException">A symbol past the last coded latent is not zero.</exception>
    public static byte[] Encode(Prior prior, int quality, ReadOnlySpan<short> symbols)
    {
        PriorQuality entry = prior.Tables.Qualities[quality];
        int coded = entry.Coded;
        if (symbols[coded..].ContainsAnyExcept((short)0))
            throw new ArgumentException($"Latents from {coded} on are not coded at quality {quality} and must be zero.", nameof(symbols));

        var context = new SymbolContext(prior, quality, stackalloc int[coded]);
        var encoder = new RangeEncoder();
        Trellis trellis = prior.Tables.Trellis;
        int state = 0;
        for (int i = 0; i < coded; i++)
        {
            int magnitude = Magnitude(symbols[i]);
            EncodeMagnitude(ref encoder, prior.Row(entry, state, context.Scale(i)), magnitude);
            state = trellis.Next(state, magnitude);
            if (magnitude == 0)
                continue;
            encoder.Encode(symbols[i] < 0, Even);
            context.Observe(i, magnitude);
        }

        return encoder.Finish();
    }

    /// <summary>Decodes the symbols of one image.</summary>
    /// <param name="prior">The prior.</param>
    /// <param name="quality">Index of its quality.</param>
    /// <param name="code">The code; other bytes may follow it.</param>
    /// <param name="symbols">One for each latent; overwritten.</param>
    /// <returns>The length of the code in bytes.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    public static int Decode(Prior prior, int quality, ReadOnlySpan<byte> code, Span<short> symbols)
    {
        PriorTables tables = prior.Tables;
        PriorQuality entry = tables.Qualities[quality];
        Trellis trellis = tables.Trellis;
        var context = new SymbolContext(prior, quality, stackalloc int[entry.Coded]);
        var decoder = new RangeDecoder(code);
        int state = 0;
        symbols.Clear();
        for (int i = 0; i < entry.Coded; i++)
        {
            ReadOnlySpan<ushort> row = prior.Row(entry, state, context.Scale(i));
            int magnitude = 0;
            while (decoder.Decode(row[magnitude]))
            {
                if (++magnitude < row.Length)
                    continue;
                // The call takes the decoder's address, which would keep the decoder itself out of registers.
                RangeDecoder copy = decoder;
                magnitude += DecodeEscape(ref copy, row.Length, i);
                decoder = copy;
                break;
            }

            state = trellis.Next(state, magnitude);
            if (magnitude == 0)
                continue;
            symbols[i] = (short)(decoder.Decode(Even) ? -magnitude : magnitude);
            context.Observe(i, magnitude);
        }

        return decoder.TryFinish(out int length) ? length : throw Unfinished(length, code.Length);
    }

    /// <summary>Encodes as an Exp-Golomb number how far a magnitude exceeds the number of decisions of its row.</summary>
    public static void EncodeEscape(ref RangeEncoder encoder, int excess)
    {
        // Let excess + 1 have n + 1 binary digits: write n ones, a zero, then the last n digits.
        uint rest = (uint)excess + 1;
        int bits = BitOperations.Log2(rest);
        for (int i = 0; i < bits; i++)
            encoder.Encode(true, Even);
        encoder.Encode(false, Even);
        for (int i = bits - 1; i >= 0; i--)
            encoder.Encode((rest >> i & 1) != 0, Even);
    }

    /// <summary>Decodes how far a magnitude exceeds the number of decisions of its row.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="reached">The number of decisions of the row.</param>
    /// <param name="latent">The magnitude's latent, for the message.</param>
    /// <exception cref="InvalidCodeException">The magnitude would exceed <see cref="MaxMagnitude"/>.</exception>
    public static int DecodeEscape(ref RangeDecoder decoder, int reached, int latent)
    {
        int bits = 0;
        while (decoder.Decode(Even))
        {
            if (++bits > MaxEscapeBits)
                throw Damaged(latent);
        }

        int rest = 1;
        for (int i = 0; i < bits; i++)
            rest = rest << 1 | (decoder.Decode(Even) ? 1 : 0);
        return reached + rest - 1 <= MaxMagnitude ? rest - 1 : throw Damaged(latent);
    }

    /// <summary>Creates the exception for a code that is cut off, or does not end as its symbols require.</summary>
    /// <param name="length">Bytes that its symbols take.</param>
    /// <param name="available">Bytes that were given.</param>
    public static InvalidCodeException Unfinished(int length, int available) =>
        new(
            "payload",
            Math.Min(length, available),
            length > available
                ? $"the code is cut off: its symbols take {length} bytes, {available} were given."
                : "the code does not end with the bytes that its symbols require; it is damaged."
        );

    private static void EncodeMagnitude(ref RangeEncoder encoder, ReadOnlySpan<ushort> row, int magnitude)
    {
        for (int m = 0; m < row.Length; m++)
        {
            encoder.Encode(magnitude > m, row[m]);
            if (magnitude == m)
                return;
        }

        EncodeEscape(ref encoder, magnitude - row.Length);
    }

    private static InvalidCodeException Damaged(int latent) =>
        new("payload", 0, $"latent {latent} has a magnitude above {MaxMagnitude}; the code is damaged.");
}
