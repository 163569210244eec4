namespace Codec.Transforms;

/// <summary>
/// Decodes the latents of one image, or of one window of a grid, to pixels. Safe for use by many threads at once, until disposed.
/// </summary>
/// <remarks>Implementations: <see cref="LinearSynthesis"/> and <see cref="GraphSynthesis"/>.</remarks>
internal interface ISynthesis : IDisposable
{
    /// <summary>Number of latents that the graph takes.</summary>
    int Latents { get; }

    /// <summary>Number of floats that <see cref="SynthesizeGreys"/> writes: the samples and padding after them.</summary>
    int GreysLength { get; }

    /// <summary>Decodes one image.</summary>
    /// <param name="latents"><see cref="Latents"/> floats; borrowed for the call only.</param>
    /// <param name="pixels">One byte for each sample; overwritten.</param>
    /// <exception cref="ArgumentException">A length is not the graph's.</exception>
    void Synthesize(ReadOnlySpan<float> latents, Span<byte> pixels);

    /// <summary>Decodes one window to the grey levels that it adds to the image, without the scaling's offset and not rounded.</summary>
    /// <param name="latents"><see cref="Latents"/> floats; borrowed for the call only.</param>
    /// <param name="greys"><see cref="GreysLength"/> floats, the samples first; overwritten.</param>
    void SynthesizeGreys(ReadOnlySpan<float> latents, Span<float> greys);
}
