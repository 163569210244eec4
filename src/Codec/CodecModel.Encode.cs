using System.Collections.Concurrent;
using Codec.Quantization;

namespace Codec;

public sealed partial class CodecModel
{
    /// <summary>Images that go through the encoder's graph at once: enough for a full matrix product, few enough for the cache.</summary>
    private const int MaxBatch = 64;

    /// <summary>Encodes one image to a self-delimiting code.</summary>
    /// <param name="pixels">Samples as <see cref="ModelManifest.Input"/> says, row-major, interleaved, 8 bits; borrowed for the call only.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>: 0 is the fewest bytes.</param>
    /// <returns>The code's bytes, owned by the caller.</returns>
    /// <exception cref="ArgumentException">pixels has not the input's length, or quality is outside the table.</exception>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    public byte[] Encode(ReadOnlySpan<byte> pixels, int quality)
    {
        if (pixels.Length != Manifest.Input.Samples)
            throw new ArgumentException($"The image has {pixels.Length} samples; {Describe(Manifest.Input)}.", nameof(pixels));
        return EncodeBatch(pixels, quality)[0];
    }

    /// <summary>Encodes several images, which is faster than one by one.</summary>
    /// <param name="pixels">One or more images, one after the other; borrowed for the call only.</param>
    /// <param name="quality">Index into <see cref="ModelManifest.Qualities"/>.</param>
    /// <returns>A code for each image, in order.</returns>
    /// <exception cref="ArgumentException">pixels is not a multiple of the input's length, or quality is outside the table.</exception>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    public byte[][] EncodeBatch(ReadOnlySpan<byte> pixels, int quality)
    {
        CheckQuality(quality);
        float[] latents = Analyse(pixels);
        var codes = new byte[latents.Length / Manifest.Latents][];
        // An encoder holds scratch; those that are idle wait here for the next call, of whichever thread.
        ConcurrentBag<LatentEncoder> idle = _latentEncoders[quality];
        if (!idle.TryTake(out LatentEncoder? encoder)) encoder = new LatentEncoder(_prior, quality, Manifest.Qualities[quality]);
        for (int n = 0; n < codes.Length; n++) codes[n] = encoder.Encode(latents.AsSpan(n * Manifest.Latents, Manifest.Latents));
        idle.Add(encoder);
        return codes;
    }

    /// <summary>Runs the encoder's graph alone.</summary>
    /// <param name="pixels">One or more images, one after the other; borrowed for the call only.</param>
    /// <returns>Latents [count, <see cref="ModelManifest.Latents"/>], owned by the caller.</returns>
    /// <exception cref="ArgumentException">pixels is not a multiple of the input's length.</exception>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    public float[] Analyse(ReadOnlySpan<byte> pixels)
    {
        if (_encoder is null) throw new InvalidOperationException($"{Manifest.Name} was loaded without its encoder; fetch the encoder's blob too.");
        int samples = Manifest.Input.Samples;
        if (pixels.IsEmpty || pixels.Length % samples != 0)
            throw new ArgumentException($"{pixels.Length} samples are not a number of whole images; {Describe(Manifest.Input)}.", nameof(pixels));

        int count = pixels.Length / samples;
        var latents = new float[count * Manifest.Latents];
        var scaled = new float[Math.Min(count, MaxBatch) * samples];
        for (int first = 0; first < count; first += MaxBatch)
        {
            int batch = Math.Min(MaxBatch, count - first);
            ReadOnlySpan<byte> bytes = pixels.Slice(first * samples, batch * samples);
            _inputScaling.ToFloats(bytes, scaled.AsSpan(0, bytes.Length));
            _encoder.Run(scaled.AsSpan(0, bytes.Length), batch, latents.AsSpan(first * Manifest.Latents, batch * Manifest.Latents));
        }

        return latents;
    }

    private string Describe(ImageGeometry geometry) =>
        $"{Manifest.Name} takes {geometry.Width}×{geometry.Height}×{geometry.Channels} = {geometry.Samples}";
}
