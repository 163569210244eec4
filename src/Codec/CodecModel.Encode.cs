using System.Collections.Concurrent;
using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Codec.Quantization;
using Codec.Transforms;

namespace Codec;

public sealed partial class CodecModel
{
    /// <summary>Images that go through the encoder's graph at once: enough for a full matrix product, few enough for the cache.</summary>
    private const int MaxBatch = 64;

    /// <summary>Encodes one image to a self-delimiting code.</summary>
    /// <param name="samples">
    /// 8 bits each, row-major, interleaved [height, width, channels of <see cref="ModelManifest.Input"/>]; borrowed for the call only.
    /// </param>
    /// <param name="width">Pixels: the input's, or for a grid model 1 to <see cref="ModelLimits.MaxImageSide"/>.</param>
    /// <param name="height">Pixels: the input's, or for a grid model 1 to <see cref="ModelLimits.MaxImageSide"/>.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>: 0 is the fewest bytes.</param>
    /// <returns>The code's bytes, owned by the caller.</returns>
    /// <exception cref="ArgumentException">
    /// The model does not take this size, samples has another length, quality is outside the table, or the code would exceed <see
    /// cref="ModelLimits.MaxCodeBytes"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    /// <exception cref="RuntimeUnavailableException">
    /// The encoder is a network, and ONNX Runtime's native library cannot be loaded here.
    /// </exception>
    public byte[] Encode(ReadOnlySpan<byte> samples, int width, int height, int quality)
    {
        CheckQuality(quality);
        var size = new ImageSize(width, height);
        if (!Manifest.Takes(size))
            throw new ArgumentException($"The image is {size}; {Manifest.Name} takes {Manifest.TakenSizes}.", nameof(width));
        long expected = size.Pixels * Manifest.Input.Channels;
        if (samples.Length != expected)
        {
            throw new ArgumentException(
                $"The image has {samples.Length} samples; {size}×{Manifest.Input.Channels} is {expected}.",
                nameof(samples)
            );
        }

        if (Manifest.Grid is null)
            return EncodeBatch(samples, quality)[0];

        byte[] payload = EncodeGrid(samples, size, quality);
        Span<byte> header = stackalloc byte[SizeHeader.MaxBytes];
        header = header[..SizeHeader.Write(size, header)];
        return header.Length + (long)payload.Length <= ModelLimits.MaxCodeBytes
            ? [.. header, .. payload]
            : throw new ArgumentException(
                $"The code would have {payload.Length} bytes; at most {ModelLimits.MaxCodeBytes} are allowed. Choose a lower quality.",
                nameof(quality)
            );
    }

    /// <summary>Encodes several images of a model of a fixed size, which is faster than one by one.</summary>
    /// <param name="pixels">One or more images, one after the other; borrowed for the call only.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>.</param>
    /// <returns>A code for each image, in order.</returns>
    /// <exception cref="ArgumentException">pixels is not a multiple of the input's length, or quality is outside the table.</exception>
    /// <exception cref="InvalidOperationException">The package had no encoder, or the model takes images of any size.</exception>
    /// <exception cref="RuntimeUnavailableException">
    /// The encoder is a network, and ONNX Runtime's native library cannot be loaded here.
    /// </exception>
    public byte[][] EncodeBatch(ReadOnlySpan<byte> pixels, int quality)
    {
        CheckQuality(quality);
        if (Manifest.Grid is not null)
            throw new InvalidOperationException($"{Manifest.Name} takes images of any size: encode them one by one.");
        float[] latents = Analyse(pixels);
        var codes = new byte[latents.Length / Manifest.Latents][];
        // An encoder holds scratch; those that are idle wait here for the next call, of whichever thread.
        ConcurrentBag<LatentEncoder> idle = _latentEncoders[quality];
        if (!idle.TryTake(out LatentEncoder? encoder))
            encoder = new LatentEncoder(_prior, quality, Manifest.Qualities[quality]);
        for (int n = 0; n < codes.Length; n++)
            codes[n] = encoder.Encode(latents.AsSpan(n * Manifest.Latents, Manifest.Latents));
        idle.Add(encoder);
        return codes;
    }

    /// <summary>Runs the encoder's graph alone.</summary>
    /// <param name="pixels">One or more images, of a grid model windows, one after the other; borrowed for the call only.</param>
    /// <returns>Latents [count, <see cref="ModelManifest.Latents"/>], owned by the caller.</returns>
    /// <exception cref="ArgumentException">pixels is not a multiple of the input's length.</exception>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    /// <exception cref="RuntimeUnavailableException">
    /// The encoder is a network, and ONNX Runtime's native library cannot be loaded here.
    /// </exception>
    public float[] Analyse(ReadOnlySpan<byte> pixels)
    {
        Analysis encoder = RequireEncoder();
        int samples = Manifest.Input.Samples;
        if (pixels.IsEmpty || pixels.Length % samples != 0)
        {
            throw new ArgumentException(
                $"{pixels.Length} samples are not a number of whole images; {Describe(Manifest.Input)}.",
                nameof(pixels)
            );
        }

        int count = pixels.Length / samples;
        var latents = new float[count * Manifest.Latents];
        var scaled = new float[Math.Min(count, MaxBatch) * samples];
        for (int first = 0; first < count; first += MaxBatch)
        {
            int batch = Math.Min(MaxBatch, count - first);
            ReadOnlySpan<byte> bytes = pixels.Slice(first * samples, batch * samples);
            _inputScaling.ToFloats(bytes, scaled.AsSpan(0, bytes.Length));
            encoder.Run(scaled.AsSpan(0, bytes.Length), batch, latents.AsSpan(first * Manifest.Latents, batch * Manifest.Latents));
        }

        return latents;
    }

    /// <summary>Checks that the model encodes here, without encoding anything.</summary>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    /// <exception cref="RuntimeUnavailableException">
    /// The encoder is a network, and ONNX Runtime's native library cannot be loaded here.
    /// </exception>
    public void CheckEncoder()
    {
        if (RequireEncoder().Unavailable is { } unavailable)
            throw new RuntimeUnavailableException(unavailable.Role, unavailable.InnerException);
    }

    private Analysis RequireEncoder() =>
        _encoder ?? throw new InvalidOperationException($"{Manifest.Name} was loaded without its encoder; fetch the encoder's blob too.");

    private string Describe(ImageGeometry geometry) =>
        $"{Manifest.Name} takes {geometry.Width}×{geometry.Height}×{geometry.Channels} = {geometry.Samples}";
}
