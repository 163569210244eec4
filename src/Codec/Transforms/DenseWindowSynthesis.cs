using Codec.Images;

namespace Codec.Transforms;

/// <summary>Decodes windows with a graph that takes all latents at once and outputs a window's channels interleaved.</summary>
/// <param name="synthesis">Runs the graph; owned by this instance.</param>
/// <param name="window">Shape of a window.</param>
internal sealed class DenseWindowSynthesis(ISynthesis synthesis, ImageGeometry window) : IWindowSynthesis
{
    /// <summary>The identity matrix: each plane is a channel in grey levels.</summary>
    public float[] Colours { get; } =
    [.. Enumerable.Range(0, window.Channels * window.Channels).Select(i => i % (window.Channels + 1) == 0 ? 1f : 0f)];

    /// <inheritdoc/>
    public int ScratchLength => synthesis.Latents + synthesis.GreysLength;

    /// <inheritdoc/>
    public void Add(
        ReadOnlySpan<ushort> places,
        ReadOnlySpan<short> which,
        ReadOnlySpan<float> values,
        Span<float> scratch,
        Span<float> strip,
        int lineLength,
        int planeLength
    )
    {
        Span<float> latents = scratch[..synthesis.Latents],
            greys = scratch.Slice(synthesis.Latents, synthesis.GreysLength);
        latents.Clear();
        for (int k = 0; k < which.Length; k++)
            latents[places[which[k]]] = values[k];
        synthesis.SynthesizeGreys(latents, greys);

        int width = window.Width,
            channels = window.Channels;
        for (int i = 0; i < window.Height * width; i++)
        {
            int pixel = i / width * lineLength + i % width;
            for (int channel = 0; channel < channels; channel++)
                strip[channel * planeLength + pixel] += greys[i * channels + channel];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => synthesis.Dispose();
}
