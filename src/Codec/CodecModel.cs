namespace Codec;

/// <summary>A loaded version: encodes pixels to codes and decodes codes to pixels. Safe for use by many threads at once.</summary>
public sealed class CodecModel : IDisposable
{
    /// <summary>Loads what a package holds: the prior always; the encoder and each head whose blob is at hand.</summary>
    /// <exception cref="InvalidModelException">A part is missing, malformed, or does not fit the others.</exception>
    public static CodecModel Load(ModelPackage package) => throw new NotImplementedException();

    /// <summary>The manifest.</summary>
    public ModelManifest Manifest => throw new NotImplementedException();

    /// <summary>The version's name.</summary>
    public Digest Version => throw new NotImplementedException();

    /// <summary>Whether the encoder was in the package.</summary>
    public bool CanEncode => throw new NotImplementedException();

    /// <summary>The heads that were in the package.</summary>
    public IReadOnlyCollection<string> Heads => throw new NotImplementedException();

    /// <summary>Encodes one image to a self-delimiting code.</summary>
    /// <param name="pixels">Samples as <see cref="ModelManifest.Input"/> says, row-major, interleaved, 8 bits; borrowed for the call only.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>: 0 is the fewest bytes.</param>
    /// <returns>The code's bytes, owned by the caller.</returns>
    /// <exception cref="ArgumentException">pixels has not the input's length, or quality is outside the table.</exception>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    public byte[] Encode(ReadOnlySpan<byte> pixels, int quality) => throw new NotImplementedException();

    /// <summary>Encodes several images, which is faster than one by one.</summary>
    /// <param name="pixels">One or more images, one after the other.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>.</param>
    /// <returns>A code for each image, in order.</returns>
    /// <exception cref="ArgumentException">pixels is not a multiple of the input's length, or quality is outside the table.</exception>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    public byte[][] EncodeBatch(ReadOnlySpan<byte> pixels, int quality) => throw new NotImplementedException();

    /// <summary>Decodes one code.</summary>
    /// <param name="code">Exactly one code.</param>
    /// <param name="quality">The quality that it was encoded with.</param>
    /// <param name="head">The decoder to use.</param>
    /// <returns>Samples as the head's <see cref="HeadEntry.Output"/> says, owned by the caller.</returns>
    /// <exception cref="InvalidCodeException">The code is truncated, over-long or damaged.</exception>
    /// <exception cref="ArgumentException">quality is outside the table, or the package had no such head.</exception>
    public byte[] Decode(ReadOnlySpan<byte> code, int quality, string head = ModelManifest.ImageHead) => throw new NotImplementedException();

    /// <summary>Decodes one code as far as its symbols: the same integers on every machine.</summary>
    /// <returns>One symbol for each latent.</returns>
    /// <exception cref="InvalidCodeException">The code is truncated, over-long or damaged.</exception>
    /// <exception cref="ArgumentException">quality is outside the table.</exception>
    public short[] DecodeSymbols(ReadOnlySpan<byte> code, int quality) => throw new NotImplementedException();

    /// <summary>Finds the codes of a frame, and checks each by decoding it as far as its symbols.</summary>
    /// <param name="frame">The frame (docs/format.md); the codes returned are slices of it.</param>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a code that is.</exception>
    public FrameCodes SplitFrame(ReadOnlyMemory<byte> frame) => throw new NotImplementedException();

    /// <summary>Decodes every code of a frame.</summary>
    /// <returns>The images in order, each owned by the caller.</returns>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a code that is.</exception>
    /// <exception cref="ArgumentException">The package had no such head.</exception>
    public byte[][] DecodeFrame(ReadOnlyMemory<byte> frame, string head = ModelManifest.ImageHead) => throw new NotImplementedException();

    /// <summary>Encodes the golden image and decodes the golden code, and compares.</summary>
    /// <exception cref="InvalidModelException">They differ by more than another machine's floating point explains.</exception>
    public void CheckGolden() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}

/// <summary>The codes of a frame, apart.</summary>
/// <param name="Quality">The quality of all of them.</param>
/// <param name="Codes">In order.</param>
public sealed record FrameCodes(int Quality, IReadOnlyList<ReadOnlyMemory<byte>> Codes);
