namespace Codec.Transforms;

/// <summary>
/// Decodes the latents of a block to the window that they add to an image. Safe for use by many threads at once, until disposed.
/// </summary>
/// <remarks>Implementations: <see cref="SeparableSynthesis"/> and <see cref="DenseWindowSynthesis"/>.</remarks>
internal interface IWindowSynthesis : IDisposable
{
    /// <summary>[planes, channels]: the grey levels that one unit of each plane adds to a pixel's channels.</summary>
    float[] Colours { get; }

    /// <summary>Number of floats of scratch that <see cref="Add"/> needs.</summary>
    int ScratchLength { get; }

    /// <summary>Adds one block's window to the planes of a strip of the image.</summary>
    /// <param name="places">For each latent of the block, its index among the graph's latents.</param>
    /// <param name="which">Indices of the block's latents that are given, ascending; all others are zero.</param>
    /// <param name="values">Their values, one for each index in <paramref name="which"/>.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> floats of any content; overwritten.</param>
    /// <param name="strip">Begins at the window's first pixel: line y of plane p begins at p · planeLength + y · lineLength.</param>
    /// <param name="lineLength">Floats from one line to the next.</param>
    /// <param name="planeLength">Floats from one plane to the next.</param>
    void Add(
        ReadOnlySpan<ushort> places,
        ReadOnlySpan<short> which,
        ReadOnlySpan<float> values,
        Span<float> scratch,
        Span<float> strip,
        int lineLength,
        int planeLength
    );
}
