using Codec.Errors;
using Codec.Images;

namespace Codec.Entropy;

/// <summary>
/// Codes images of few colours without loss: drawings, diagrams, screens, text. Each pixel is compared with its neighbours, as in coders of
/// palette images (Ausbeck 2000); a colour's samples are coded when it first occurs (docs/format.md, Palette code).
/// </summary>
internal static class PaletteCoder
{
    private const uint Even = 1u << (RangeEncoder.ProbabilityBits - 1);
    private const int NumberBits = 8;

    /// <summary>Encodes an image.</summary>
    /// <param name="samples">[height, width, channels].</param>
    /// <param name="size">The image's size.</param>
    /// <returns>
    /// The code, without the image's size; null if the image has more than <see cref="PaletteContext.MaxColours"/> colours.
    /// </returns>
    public static byte[]? Encode(ReadOnlySpan<byte> samples, ImageSize size)
    {
        int channels = (int)(samples.Length / size.Pixels);
        if (NumberColours(samples, channels) is not { } numbers)
            return null;
        var context = new PaletteContext(size.Width);
        Span<int> candidates = stackalloc int[PaletteContext.MaxCandidates];
        var encoder = new RangeEncoder();
        try
        {
            int known = 0;
            for (int i = 0; i < numbers.Length; i++)
            {
                int x = i % size.Width,
                    colour = numbers[i],
                    count = context.Begin(x, candidates);
                bool isFound = false;
                for (int c = 0; c < count && !isFound; c++)
                {
                    isFound = candidates[c] == colour;
                    encoder.Encode(isFound, context.ProbabilityOf(c));
                    context.Learn(c, isFound);
                }

                if (!isFound)
                    known = EncodeOther(ref encoder, context, colour, known, samples.Slice(i * channels, channels));
                context.End(x, colour);
                if (x == size.Width - 1)
                    context.EndRow();
            }

            return encoder.Finish();
        }
        finally
        {
            encoder.Dispose();
        }
    }

    /// <summary>Decodes an image.</summary>
    /// <param name="bytes">The code, and anything after it.</param>
    /// <param name="size">The image's size.</param>
    /// <param name="channels">Samples of a pixel.</param>
    /// <param name="image">[height, width, channels]; overwritten. Empty to check the code only.</param>
    /// <returns>Length of the code in bytes.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    public static int Decode(ReadOnlySpan<byte> bytes, ImageSize size, int channels, Span<byte> image)
    {
        var context = new PaletteContext(size.Width);
        var palette = new byte[PaletteContext.MaxColours * channels];
        int known = 0;
        Span<int> candidates = stackalloc int[PaletteContext.MaxCandidates];
        var decoder = new RangeDecoder(bytes);
        for (int y = 0; y < size.Height; y++)
        {
            // A code that was cut off must not cost the time of a whole image.
            if (decoder.IsExhausted)
                throw Damaged(bytes);
            for (int x = 0; x < size.Width; x++)
            {
                int count = context.Begin(x, candidates),
                    colour = -1;
                for (int c = 0; c < count && colour < 0; c++)
                {
                    bool isFound = decoder.Decode(context.ProbabilityOf(c));
                    context.Learn(c, isFound);
                    if (isFound)
                        colour = candidates[c];
                }

                if (colour < 0)
                    colour = DecodeOther(ref decoder, context, candidates[..count], palette, channels, ref known, bytes);
                context.End(x, colour);
                if (!image.IsEmpty)
                    palette.AsSpan(colour * channels, channels).CopyTo(image[((y * size.Width + x) * channels)..]);
            }

            context.EndRow();
        }

        return decoder.TryFinish(out int length) ? length : throw Damaged(bytes);
    }

    private static int EncodeOther(ref RangeEncoder encoder, PaletteContext context, int colour, int known, ReadOnlySpan<byte> pixel)
    {
        bool isNew = colour == known;
        if (known is > 0 and < PaletteContext.MaxColours)
        {
            encoder.Encode(isNew, context.ProbabilityOfNew);
            context.LearnNew(isNew);
        }

        if (isNew)
        {
            foreach (byte sample in pixel)
            {
                for (int bit = 7; bit >= 0; bit--)
                    encoder.Encode((sample >> bit & 1) != 0, Even);
            }

            return known + 1;
        }

        int node = 1;
        for (int bit = NumberBits - 1; bit >= 0; bit--)
        {
            bool digit = (colour >> bit & 1) != 0;
            encoder.Encode(digit, context.ProbabilityOfNode(node));
            context.LearnNode(node, digit);
            node = 2 * node + (digit ? 1 : 0);
        }

        return known;
    }

    private static int DecodeOther(
        ref RangeDecoder decoder,
        PaletteContext context,
        scoped ReadOnlySpan<int> candidates,
        Span<byte> palette,
        int channels,
        ref int known,
        ReadOnlySpan<byte> bytes
    )
    {
        bool isNew = known == 0;
        if (known is > 0 and < PaletteContext.MaxColours)
        {
            isNew = decoder.Decode(context.ProbabilityOfNew);
            context.LearnNew(isNew);
        }

        if (isNew)
        {
            Span<byte> pixel = palette.Slice(known * channels, channels);
            foreach (ref byte sample in pixel)
            {
                sample = 0;
                for (int bit = 0; bit < 8; bit++)
                    sample = (byte)(sample << 1 | (decoder.Decode(Even) ? 1 : 0));
            }

            // A colour has one number, so that an image has one code.
            for (int i = 0; i < known; i++)
            {
                if (palette.Slice(i * channels, channels).SequenceEqual(pixel))
                    throw Damaged(bytes);
            }

            return known++;
        }

        int node = 1;
        for (int bit = 0; bit < NumberBits; bit++)
        {
            bool digit = decoder.Decode(context.ProbabilityOfNode(node));
            context.LearnNode(node, digit);
            node = 2 * node + (digit ? 1 : 0);
        }

        int colour = node - (1 << NumberBits);
        return colour < known && !candidates.Contains(colour) ? colour : throw Damaged(bytes);
    }

    /// <summary>Numbers the colours in the order in which they occur; null if there are too many.</summary>
    private static byte[]? NumberColours(ReadOnlySpan<byte> samples, int channels)
    {
        var numbers = new Dictionary<int, int>();
        var colours = new byte[samples.Length / channels];
        int last = -1;
        for (int i = 0; i < colours.Length; i++)
        {
            int colour = 0;
            for (int c = 0; c < channels; c++)
                colour = colour << 8 | samples[i * channels + c];
            if (colour == last)
            {
                colours[i] = colours[i - 1];
                continue;
            }

            last = colour;
            if (!numbers.TryGetValue(colour, out int number))
            {
                if (numbers.Count == PaletteContext.MaxColours)
                    return null;
                numbers.Add(colour, number = numbers.Count);
            }

            colours[i] = (byte)number;
        }

        return colours;
    }

    private static InvalidCodeException Damaged(ReadOnlySpan<byte> bytes) =>
        new("payload", bytes.Length, "the colours of its pixels are cut off or damaged.");
}
