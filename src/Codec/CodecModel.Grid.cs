using System.Diagnostics;
using Codec.Transforms;

namespace Codec;

/// <summary>Models of any size: an image is a grid of blocks. What is handed on here is the code behind its size.</summary>
public sealed partial class CodecModel
{
    /// <summary>Encodes an image's blocks.</summary>
    /// <param name="samples">The image's samples, as many as its size and the input's channels say.</param>
    /// <param name="size">Both sides 1 to <see cref="ModelLimits.MaxImageSide"/>.</param>
    /// <param name="quality">Index into the qualities, checked.</param>
    /// <returns>The code behind its size.</returns>
    private byte[] EncodeGrid(ReadOnlySpan<byte> samples, ImageSize size, int quality) => throw NotLoaded();

    /// <summary>Decodes an image's blocks to pixels.</summary>
    /// <param name="payload">The code behind its size, and whatever follows it.</param>
    /// <param name="size">The size that it said.</param>
    /// <param name="quality">Index into the qualities, checked.</param>
    /// <param name="synthesis">The head.</param>
    /// <param name="samples">As many as the size and the head's channels say; every one is overwritten.</param>
    /// <returns>Bytes that the code behind its size took.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    private int DecodeGrid(ReadOnlySpan<byte> payload, ImageSize size, int quality, Synthesis synthesis, Span<byte> samples) => throw NotLoaded();

    /// <summary>Decodes an image's blocks as far as their symbols.</summary>
    /// <param name="payload">As <see cref="DecodeGrid"/> takes it.</param>
    /// <param name="size">The size that it said.</param>
    /// <param name="quality">Index into the qualities, checked.</param>
    /// <param name="symbols">Those of each block in turn.</param>
    /// <returns>Bytes that the code behind its size took.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    private int DecodeGridSymbols(ReadOnlySpan<byte> payload, ImageSize size, int quality, out short[] symbols) => throw NotLoaded();

    /// <summary>Checks an image's blocks by decoding them as far as their symbols, of which it keeps none.</summary>
    /// <param name="payload">As <see cref="DecodeGrid"/> takes it.</param>
    /// <param name="size">The size that it said.</param>
    /// <param name="quality">Index into the qualities, checked.</param>
    /// <returns>Bytes that the code behind its size took.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    private int CheckGrid(ReadOnlySpan<byte> payload, ImageSize size, int quality) => throw NotLoaded();

    private UnreachableException NotLoaded() => new($"{Manifest.Name} takes images of any size: Load refuses it.");
}
