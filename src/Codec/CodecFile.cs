using Codec.Errors;
using Codec.Frames;
using Codec.Images;
using Codec.Models;

namespace Codec;

/// <summary>
/// Encodes images to files and decodes them, without a server. A file (<c>photo.code</c>) is a frame that names its version and ends with a
/// checksum (docs/format.md, Frame); <see cref="CodeFrame"/> reads its parts.
/// </summary>
public static class CodecFile
{
    /// <summary>The extension of files: <c>.code</c>.</summary>
    public const string Extension = ".code";

    /// <summary>Encodes an image to a file's bytes.</summary>
    /// <param name="model">The model; it has its encoder (<see cref="CodecModel.CanEncode"/>).</param>
    /// <param name="image">The image, with the channels of <see cref="ModelManifest.Input"/>; borrowed for the call only.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>: 0 gives the fewest bytes, the last the best image.</param>
    /// <param name="info">The image's key, time of capture and headers; null for none.</param>
    /// <param name="effort">
    /// How often the encoder looks at what a decoder will show, 0 to <see cref="CodecModel.MaxEffort"/>: fewer bytes for more time.
    /// </param>
    /// <returns>The file's bytes, owned by the caller.</returns>
    /// <exception cref="ArgumentException">
    /// The model does not take this image, quality or effort, or a value of the info is too large.
    /// </exception>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    /// <exception cref="RuntimeUnavailableException">The encoder is a network, and no runtime for it works here.</exception>
    public static byte[] Encode(CodecModel model, Raster image, int quality, CodeInfo? info = null, int effort = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels != model.Manifest.Input.Channels)
        {
            throw new ArgumentException(
                $"The image has {image.Channels} channels; {model.Manifest.Name} takes {model.Manifest.Input.Channels}.",
                nameof(image)
            );
        }

        byte[] code = model.Encode(image.Samples, image.Width, image.Height, quality, effort);
        return CodeFrame.Write(quality, [code], checksum: true, model.Version, info is null ? null : new FrameInfo([info]));
    }

    /// <summary>Reads the version that decodes a file, and verifies the checksum, without a model.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <exception cref="InvalidCodeException">The bytes are not a frame, are damaged, or name no version.</exception>
    public static Digest ReadVersion(ReadOnlySpan<byte> file) =>
        CodeFrame.ReadHeader(file).Version
        ?? throw new InvalidCodeException("version", 3, "the frame names no version, so it is no code file.");

    /// <summary>Decodes a file of one image.</summary>
    /// <param name="model">The version that <see cref="ReadVersion"/> names.</param>
    /// <param name="file">The file's bytes; borrowed for the call only.</param>
    /// <param name="head">The head to decode with.</param>
    /// <returns>The image, owned by the caller.</returns>
    /// <exception cref="InvalidCodeException">
    /// The file is damaged, of another version, or has several codes: read those one by one with <see cref="CodecModel.ReadFrame"/>.
    /// </exception>
    /// <exception cref="ArgumentException">The package had no such head.</exception>
    public static Raster Decode(CodecModel model, ReadOnlyMemory<byte> file, string head = ModelManifest.ImageHead)
    {
        ArgumentNullException.ThrowIfNull(model);
        FrameReader reader = model.ReadFrame(file);
        return reader.Remaining == 1
            ? reader.ReadImage(head)
            : throw new InvalidCodeException("count", 2, $"the file has {reader.Remaining} codes; read them one by one with ReadFrame.");
    }

    /// <summary>Reads a file's bytes, at most <see cref="ModelLimits.MaxFrameBytes"/>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidCodeException">The file is larger than a frame may be.</exception>
    /// <exception cref="IOException">The file cannot be read, or is a pipe.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static byte[] Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        if (!stream.CanSeek)
            throw new IOException($"{path} is a pipe, whose length is not known before its end; name a file.");
        if (stream.Length > ModelLimits.MaxFrameBytes)
        {
            throw new InvalidCodeException(
                "frame",
                0,
                $"the file has {stream.Length} bytes; at most {ModelLimits.MaxFrameBytes} are allowed."
            );
        }

        byte[] file = new byte[stream.Length];
        stream.ReadExactly(file);
        return file;
    }
}
