using Codec.Errors;
using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Schemes.Grid;

namespace Codec;

public sealed partial class CodecModel
{
    /// <summary>
    /// Reads the size of a code's image without decoding it, so that a caller can first check how much memory the pixels need.
    /// </summary>
    /// <param name="code">The code, or its first five bytes; unused where <see cref="IsFixedSize"/>.</param>
    /// <param name="head">The head that will decode it.</param>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged where it states its size.</exception>
    /// <exception cref="ArgumentException">The model has no such head.</exception>
    public ImageSize ReadSize(ReadOnlySpan<byte> code, string head = ModelManifest.ImageHead) => _scheme.ReadSize(code, head);

    /// <summary>
    /// Computes the most bytes that <see cref="Decode"/> allocates beside an image's pixels, as far as they grow with its size: rows of
    /// blocks and lines, and more of them where a large image is decoded on several threads. 0 where <see cref="IsFixedSize"/>.
    /// </summary>
    /// <param name="size">The size of the image, as <see cref="ReadSize"/> gives it.</param>
    /// <param name="head">The head that will decode it.</param>
    /// <exception cref="ArgumentException">The model has no such head.</exception>
    public long MeasureDecoding(ImageSize size, string head = ModelManifest.ImageHead) => _scheme.MeasureDecoding(size, head);

    /// <summary>
    /// Decodes one code. A large image is decoded by this thread and others of the pool: at most four, and as many as there are processors.
    /// </summary>
    /// <param name="code">Exactly one code.</param>
    /// <param name="quality">The quality that it was encoded with.</param>
    /// <param name="head">The head to decode with.</param>
    /// <returns>The image, of the size that <see cref="ReadSize"/> gives; owned by the caller.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off, over-long or damaged.</exception>
    /// <exception cref="ArgumentException">quality is outside the manifest's table, or the package had no such head.</exception>
    public Raster Decode(ReadOnlySpan<byte> code, int quality, string head = ModelManifest.ImageHead)
    {
        CheckQuality(quality);
        var image = Raster.Allocate(_scheme.ReadSize(code, head), _scheme.ChannelsOf(head));
        CheckLength(code, _scheme.Decode(code, quality, head, image.Samples));
        return image;
    }

    /// <summary>Decodes one code to its symbols: the same integers on every machine.</summary>
    /// <returns>
    /// One symbol for each latent; of a grid model, for each latent of each block, block by block. None of a palette code, whose pixels are
    /// coded as they are.
    /// </returns>
    /// <exception cref="InvalidCodeException">The code is cut off, over-long or damaged.</exception>
    /// <exception cref="ArgumentException">quality is outside the manifest's table.</exception>
    public short[] DecodeSymbols(ReadOnlySpan<byte> code, int quality)
    {
        CheckQuality(quality);
        CheckLength(code, _scheme.DecodeSymbols(code, quality, out short[] symbols));
        return symbols;
    }

    /// <summary>Reads a frame's header, and returns a reader for its codes.</summary>
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
                $"the frame is of version {version}; this model is version {Version} of {Manifest.Name}. Load the frame's version."
            );
        }

        return header.Quality < Manifest.Qualities.Count
            ? new FrameReader(_scheme, frame, header)
            : throw new InvalidCodeException(
                "quality",
                1,
                $"{header.Quality} is outside {Manifest.Name}'s 0..{Manifest.Qualities.Count - 1}."
            );
    }

    /// <summary>Splits a frame into its codes, and checks each code by decoding it to symbols.</summary>
    /// <param name="frame">The frame (docs/format.md); the codes returned are slices of it.</param>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a damaged code.</exception>
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
    /// All images are in memory at once. Decode an untrusted frame image by image (<see cref="ReadFrame"/>), and check each size first.
    /// </remarks>
    /// <returns>The images in order, each owned by the caller.</returns>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a damaged code.</exception>
    /// <exception cref="ArgumentException">The package had no such head.</exception>
    public Raster[] DecodeFrame(ReadOnlyMemory<byte> frame, string head = ModelManifest.ImageHead)
    {
        FrameReader reader = ReadFrame(frame);
        var images = new List<Raster>();
        while (reader.Remaining > 0)
            images.Add(reader.ReadImage(head));
        return [.. images];
    }

    private static void CheckLength(ReadOnlySpan<byte> code, int length)
    {
        if (length != code.Length)
        {
            throw new InvalidCodeException(
                "payload",
                length,
                $"the code ends after {length} bytes, {code.Length} were given; it is over-long."
            );
        }
    }

    /// <summary>Decodes a code of a grid model to planes: <see cref="GridScheme.DecodePlanes"/>.</summary>
    internal float[]? DecodePlanes(ReadOnlySpan<byte> code, int quality) =>
        ((GridScheme)_scheme).DecodePlanes(code, quality, ModelManifest.ImageHead);
}
