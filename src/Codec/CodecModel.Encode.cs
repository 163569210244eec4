using Codec.Errors;
using Codec.Images;
using Codec.Models;

namespace Codec;

public sealed partial class CodecModel
{
    /// <summary>The largest effort of an encoding.</summary>
    public const int MaxEffort = 8;

    /// <summary>Encodes one image to a self-delimiting code.</summary>
    /// <param name="samples">
    /// 8 bits each, row-major, interleaved [height, width, channels of <see cref="ModelManifest.Input"/>]; borrowed for the call only.
    /// </param>
    /// <param name="width">Width in pixels; <see cref="Takes"/> tests whether a size is allowed.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>: 0 gives the fewest bytes.</param>
    /// <returns>The code's bytes, owned by the caller.</returns>
    /// <exception cref="ArgumentException">
    /// The model does not take this size, samples has another length, quality is outside the manifest's table, or the code would exceed
    /// <see cref="ModelLimits.MaxCodeBytes"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    /// <exception cref="RuntimeUnavailableException">The encoder is a network, and no runtime for it works here.</exception>
    public byte[] Encode(ReadOnlySpan<byte> samples, int width, int height, int quality) =>
        Encode(samples, width, height, quality, effort: 0);

    /// <summary>Encodes one image to a self-delimiting code, with a chosen effort.</summary>
    /// <param name="samples">As for the other overload.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>.</param>
    /// <param name="effort">As for the overload that measures the analysis.</param>
    /// <inheritdoc cref="Encode(ReadOnlySpan{byte}, int, int, int, int, out TimeSpan)" path="/returns | /exception"/>
    public byte[] Encode(ReadOnlySpan<byte> samples, int width, int height, int quality, int effort) =>
        Encode(samples, width, height, quality, effort, out _);

    /// <summary>Encodes one image to a self-delimiting code, and measures the analysis.</summary>
    /// <param name="samples">As for the other overload.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>.</param>
    /// <param name="effort">
    /// How often the encoder looks at what a decoder will show, and aims at a better picture: 0 to <see cref="MaxEffort"/>. Each time takes
    /// three to four times as long as an encoding without (ADR 49). A model of one size ignores it.
    /// </param>
    /// <param name="analysis">Time that the encoder's graph took; the rest went into the choice of symbols and their coding.</param>
    /// <returns>The code's bytes, owned by the caller.</returns>
    /// <exception cref="ArgumentException">
    /// The effort is outside 0 to <see cref="MaxEffort"/>, or above 0 though the package had no head
    /// <see cref="ModelManifest.ImageHead"/>, by which the encoder looks; or as for the other overload.
    /// </exception>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    /// <exception cref="RuntimeUnavailableException">The encoder is a network, and no runtime for it works here.</exception>
    public byte[] Encode(ReadOnlySpan<byte> samples, int width, int height, int quality, int effort, out TimeSpan analysis)
    {
        CheckQuality(quality);
        if (effort is < 0 or > MaxEffort)
            throw new ArgumentException($"The effort is {effort}; 0 to {MaxEffort} are allowed.", nameof(effort));
        var size = new ImageSize(width, height);
        if (!Takes(size))
            throw new ArgumentException($"The image is {size}; {Manifest.Name} takes {TakenSizes}.", nameof(width));
        long expected = size.Pixels * Manifest.Input.Channels;
        if (samples.Length != expected)
        {
            throw new ArgumentException(
                $"The image has {samples.Length} samples; {size}×{Manifest.Input.Channels} is {expected}.",
                nameof(samples)
            );
        }

        return _scheme.Encode(samples, size, quality, effort, out analysis);
    }

    /// <summary>Encodes several images of a fixed-size model at once, which is faster than one by one.</summary>
    /// <param name="pixels">One or more images, one after the other; borrowed for the call only.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>.</param>
    /// <returns>A code for each image, in order.</returns>
    /// <exception cref="ArgumentException">pixels is not a whole number of images, or quality is outside the manifest's table.</exception>
    /// <exception cref="InvalidOperationException">The package had no encoder, or the model does not batch.</exception>
    /// <exception cref="RuntimeUnavailableException">The encoder is a network, and no runtime for it works here.</exception>
    public byte[][] EncodeBatch(ReadOnlySpan<byte> pixels, int quality) => EncodeBatch(pixels, quality, out _);

    /// <summary>Encodes several images of a fixed-size model at once, and measures the analysis.</summary>
    /// <param name="pixels">As for the other overload.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>.</param>
    /// <param name="analysis">Time that the encoder's graph took; the rest went into the choice of symbols and their coding.</param>
    /// <inheritdoc cref="EncodeBatch(ReadOnlySpan{byte}, int)" path="/returns | /exception"/>
    public byte[][] EncodeBatch(ReadOnlySpan<byte> pixels, int quality, out TimeSpan analysis)
    {
        CheckQuality(quality);
        return _scheme.EncodeBatch(pixels, quality, out analysis);
    }

    /// <summary>Runs the encoder's graph alone.</summary>
    /// <param name="pixels">One or more images (windows for a grid model), one after the other; borrowed for the call only.</param>
    /// <returns>Latents [count, <see cref="ModelManifest.GraphLatents"/>], owned by the caller.</returns>
    /// <exception cref="ArgumentException">pixels is not a whole number of images or windows.</exception>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    /// <exception cref="RuntimeUnavailableException">The encoder is a network, and no runtime for it works here.</exception>
    public float[] Analyze(ReadOnlySpan<byte> pixels) => _scheme.Encoder.Analyze(pixels);

    /// <summary>Checks that the model can encode in this process, without encoding anything.</summary>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    /// <exception cref="RuntimeUnavailableException">The encoder is a network, and no runtime for it works here.</exception>
    public void CheckEncoder() => _scheme.Encoder.Check();
}
