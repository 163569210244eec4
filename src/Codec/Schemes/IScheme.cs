using Codec.Errors;
using Codec.Images;
using Codec.Models;

namespace Codec.Schemes;

/// <summary>
/// Encodes a model's images to codes and decodes codes to images: as one block of a fixed size, or as a grid of blocks. Safe for use by
/// many threads at once, until disposed.
/// </summary>
/// <remarks>
/// Callers have checked quality against the manifest, and the image's size by <see cref="Takes"/>. Decoding methods accept bytes that begin
/// with a code, and return the length of that code; other codes may follow it.
/// </remarks>
internal interface IScheme : IDisposable
{
    /// <summary>The encoder's graph.</summary>
    ModelEncoder Encoder { get; }

    /// <summary>Names of the heads that the package held.</summary>
    IReadOnlyCollection<string> Heads { get; }

    /// <summary>Whether every image has one size, which the manifest states; otherwise each code states its own.</summary>
    bool IsFixedSize { get; }

    /// <summary>Whether <see cref="EncodeBatch"/> works, which is then faster than encoding one by one.</summary>
    bool Batches { get; }

    /// <summary>The sizes that <see cref="Takes"/> allows, for messages: "32×32", or "1×1 to 8192×8192".</summary>
    string TakenSizes { get; }

    /// <summary>Whether images of this size can be encoded.</summary>
    bool Takes(ImageSize size);

    /// <summary>Samples of a pixel that a head decodes to: 1 or 3.</summary>
    /// <exception cref="ArgumentException">The model has no such head.</exception>
    int ChannelsOf(string head);

    /// <summary>Reads the size of a code's image without decoding it.</summary>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged where it states its size.</exception>
    /// <exception cref="ArgumentException">The model has no such head.</exception>
    ImageSize ReadSize(ReadOnlySpan<byte> bytes, string head);

    /// <summary>
    /// Most bytes that decoding an image of this size allocates beside its pixels, as far as they grow with the size.
    /// </summary>
    /// <exception cref="ArgumentException">The model has no such head.</exception>
    long MeasureDecoding(ImageSize size, string head);

    /// <summary>Encodes one image.</summary>
    /// <param name="samples">[height, width, channels]; borrowed for the call only.</param>
    /// <param name="size">The size of the samples; one for which <see cref="Takes"/> is true.</param>
    /// <param name="quality">Index into the manifest's qualities.</param>
    /// <param name="effort">How often to look at what is decoded; a scheme of a fixed size ignores it.</param>
    /// <param name="analysis">Time that the analysis took; the rest went into the choice of symbols and their coding.</param>
    /// <returns>The code, owned by the caller.</returns>
    /// <exception cref="ArgumentException">The code would exceed <see cref="ModelLimits.MaxCodeBytes"/>.</exception>
    byte[] Encode(ReadOnlySpan<byte> samples, ImageSize size, int quality, int effort, out TimeSpan analysis);

    /// <summary>Encodes one or more images of the fixed size.</summary>
    /// <param name="pixels">[count, height, width, channels]; borrowed for the call only.</param>
    /// <param name="quality">Index into the manifest's qualities.</param>
    /// <param name="analysis">Time that the analysis took; the rest went into the choice of symbols and their coding.</param>
    /// <returns>A code for each image, in order.</returns>
    /// <exception cref="ArgumentException">pixels is not a whole number of images.</exception>
    /// <exception cref="InvalidOperationException">The scheme does not batch.</exception>
    byte[][] EncodeBatch(ReadOnlySpan<byte> pixels, int quality, out TimeSpan analysis);

    /// <summary>Decodes one code to pixels.</summary>
    /// <param name="bytes">The code, and anything after it.</param>
    /// <param name="quality">Index into the manifest's qualities.</param>
    /// <param name="head">The head to decode with.</param>
    /// <param name="samples">
    /// Receives [height, width, channels], all overwritten: exactly the size that <see cref="ReadSize"/> gives times
    /// <see cref="ChannelsOf"/>.
    /// </param>
    /// <returns>Length of the code in bytes.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    /// <exception cref="ArgumentException">The package held no such head.</exception>
    int Decode(ReadOnlySpan<byte> bytes, int quality, string head, Memory<byte> samples);

    /// <summary>Decodes one code to its symbols.</summary>
    /// <param name="bytes">The code, and anything after it.</param>
    /// <param name="quality">Index into the manifest's qualities.</param>
    /// <param name="symbols">One for each latent of each block, block by block; owned by the caller.</param>
    /// <returns>Length of the code in bytes.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    int DecodeSymbols(ReadOnlySpan<byte> bytes, int quality, out short[] symbols);

    /// <summary>Checks one code by decoding it to symbols, which are discarded.</summary>
    /// <param name="bytes">The code, and anything after it.</param>
    /// <param name="quality">Index into the manifest's qualities.</param>
    /// <returns>Length of the code in bytes.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    int Check(ReadOnlySpan<byte> bytes, int quality);
}
