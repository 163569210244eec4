using System.Buffers;
using Codec.Entropy;
using Codec.Errors;
using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Transforms;

namespace Codec;

public sealed partial class CodecModel
{
    /// <summary>Tells the size of a code's image without decoding it, so that what its pixels take can be checked before.</summary>
    /// <param name="code">The code, or its first four bytes; a model of a fixed size does not look at it.</param>
    /// <param name="head">The decoder that will be used.</param>
    /// <exception cref="InvalidCodeException">The code does not say its size.</exception>
    /// <exception cref="ArgumentException">There is no such head.</exception>
    public ImageSize ReadSize(ReadOnlySpan<byte> code, string head = ModelManifest.ImageHead)
    {
        ImageGeometry output = Manifest.GetHead(head).Output;
        return Manifest.Grid is null ? output.Size : SizeHeader.Read(code, out _);
    }

    /// <summary>Decodes one code.</summary>
    /// <param name="code">Exactly one code.</param>
    /// <param name="quality">The quality that it was encoded with.</param>
    /// <param name="head">The decoder to use.</param>
    /// <returns>
    /// The image, owned by the caller: of the head's <see cref="HeadEntry.Output"/>, or of the size that a grid model's code says.
    /// </returns>
    /// <exception cref="InvalidCodeException">The code is truncated, over-long or damaged.</exception>
    /// <exception cref="ArgumentException">quality is outside the table, or the package had no such head.</exception>
    public Raster Decode(ReadOnlySpan<byte> code, int quality, string head = ModelManifest.ImageHead)
    {
        CheckQuality(quality);
        CheckLength(code, DecodeNext(code, quality, head, out Raster image));
        return image;
    }

    /// <summary>Decodes one code as far as its symbols: the same integers on every machine.</summary>
    /// <returns>One symbol for each latent; of a grid model, for each latent of each block in turn.</returns>
    /// <exception cref="InvalidCodeException">The code is truncated, over-long or damaged.</exception>
    /// <exception cref="ArgumentException">quality is outside the table.</exception>
    public short[] DecodeSymbols(ReadOnlySpan<byte> code, int quality)
    {
        CheckQuality(quality);
        short[] symbols;
        if (Manifest.Grid is null)
        {
            symbols = new short[Manifest.Latents];
            CheckLength(code, SymbolCoder.Decode(_prior, quality, code, symbols));
        }
        else
        {
            ImageSize size = SizeHeader.Read(code, out int header);
            CheckLength(code, header + DecodeGridSymbols(code[header..], size, quality, out symbols));
        }

        return symbols;
    }

    /// <summary>Begins to read a frame's codes one after the other.</summary>
    /// <param name="frame">The frame (docs/format.md); borrowed for as long as the reader is in use.</param>
    /// <exception cref="InvalidCodeException">The frame's header is malformed, or the frame is of another version.</exception>
    public FrameReader ReadFrame(ReadOnlyMemory<byte> frame)
    {
        FrameHeader header = CodeFrame.ReadHeader(frame.Span);
        if (header.Version is { } version && version != Version)
        {
            throw new InvalidCodeException(
                "version",
                3,
                $"the frame is of version {version}, this is {Version} of {Manifest.Name}; load that one."
            );
        }

        if (header.Quality >= _dequantizers.Length)
            throw new InvalidCodeException("quality", 1, $"{header.Quality} is outside {Manifest.Name}'s 0..{_dequantizers.Length - 1}.");
        return new FrameReader(this, frame, header);
    }

    /// <summary>Finds the codes of a frame, and checks each by decoding it as far as its symbols.</summary>
    /// <param name="frame">The frame (docs/format.md); the codes returned are slices of it.</param>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a code that is.</exception>
    public FrameCodes SplitFrame(ReadOnlyMemory<byte> frame)
    {
        FrameReader reader = ReadFrame(frame);
        var codes = new List<ReadOnlyMemory<byte>>();
        while (reader.Remaining > 0)
            codes.Add(reader.ReadCode());
        return new FrameCodes(reader.Quality, codes, reader.ReadInfo());
    }

    /// <summary>Decodes every code of a frame.</summary>
    /// <remarks>
    /// All images are in memory at once: read a stranger's frame image by image (<see cref="ReadFrame"/>), and look at each one's size
    /// first.
    /// </remarks>
    /// <returns>The images in order, each owned by the caller.</returns>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a code that is.</exception>
    /// <exception cref="ArgumentException">The package had no such head.</exception>
    public Raster[] DecodeFrame(ReadOnlyMemory<byte> frame, string head = ModelManifest.ImageHead)
    {
        FrameReader reader = ReadFrame(frame);
        var images = new List<Raster>();
        while (reader.Remaining > 0)
            images.Add(reader.ReadImage(head));
        return [.. images];
    }

    /// <summary>Checks the code that some bytes begin with, by decoding it as far as its symbols.</summary>
    /// <returns>Bytes that it took.</returns>
    internal int CheckNext(ReadOnlySpan<byte> bytes, int quality)
    {
        if (Manifest.Grid is not null)
        {
            ImageSize size = SizeHeader.Read(bytes, out int header);
            return header + CheckGrid(bytes[header..], size, quality);
        }

        short[] symbols = ArrayPool<short>.Shared.Rent(Manifest.Latents);
        try
        {
            return SymbolCoder.Decode(_prior, quality, bytes, symbols.AsSpan(0, Manifest.Latents));
        }
        finally
        {
            ArrayPool<short>.Shared.Return(symbols);
        }
    }

    /// <summary>Decodes the code that some bytes begin with.</summary>
    /// <returns>Bytes that it took.</returns>
    internal int DecodeNext(ReadOnlySpan<byte> bytes, int quality, string head, out Raster image)
    {
        Synthesis synthesis = HeadOf(head);
        ImageGeometry output = Manifest.GetHead(head).Output;
        if (Manifest.Grid is not null)
        {
            ImageSize size = SizeHeader.Read(bytes, out int header);
            image = Allocate(size, output.Channels);
            return header + DecodeGrid(bytes[header..], size, quality, synthesis, image.Samples);
        }

        short[] symbols = ArrayPool<short>.Shared.Rent(Manifest.Latents);
        try
        {
            int taken = SymbolCoder.Decode(_prior, quality, bytes, symbols.AsSpan(0, Manifest.Latents));
            image = Allocate(output.Size, output.Channels);
            Synthesize(synthesis, quality, symbols.AsSpan(0, Manifest.Latents), image.Samples);
            return taken;
        }
        finally
        {
            ArrayPool<short>.Shared.Return(symbols);
        }
    }

    /// <summary>An image whose samples are all still to be written; the bounds on its sides keep it within an array.</summary>
    private static Raster Allocate(ImageSize size, int channels) =>
        new(size.Width, size.Height, channels, GC.AllocateUninitializedArray<byte>((int)size.Pixels * channels));

    private static void CheckLength(ReadOnlySpan<byte> code, int length)
    {
        if (length != code.Length)
        {
            throw new InvalidCodeException(
                "payload",
                length,
                $"the code ends after {length} bytes, {code.Length} are here; it is over-long."
            );
        }
    }

    private void Synthesize(Synthesis synthesis, int quality, ReadOnlySpan<short> symbols, Span<byte> samples)
    {
        float[] latents = ArrayPool<float>.Shared.Rent(symbols.Length);
        try
        {
            _dequantizers[quality].Restore(symbols, latents.AsSpan(0, symbols.Length));
            synthesis.Run(latents.AsSpan(0, symbols.Length), samples);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(latents);
        }
    }

    private Synthesis HeadOf(string name) =>
        _heads.TryGetValue(name, out Synthesis? head)
            ? head
            : throw new ArgumentException(
                $"{Manifest.Name} was loaded without a head '{name}'; it has: {string.Join(", ", _heads.Keys)}.",
                nameof(name)
            );
}
