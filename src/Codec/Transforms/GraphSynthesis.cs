using System.Buffers;
using Codec.Images;

namespace Codec.Transforms;

/// <summary>Decodes with a graph of any operators; zero latents cost as much as others.</summary>
/// <param name="graph">The graph; owned by this instance.</param>
/// <param name="latents">Number of latents that the graph takes.</param>
/// <param name="output">Shape and scaling of the graph's output.</param>
internal sealed class GraphSynthesis(IRunnableGraph graph, int latents, ImageGeometry output) : ISynthesis
{
    private readonly PixelScaling _scaling = new(output);
    private readonly float _greysPerUnit = 1 / output.Scale;

    /// <inheritdoc/>
    public int Latents => latents;

    /// <inheritdoc/>
    public int GreysLength => output.Samples;

    /// <inheritdoc/>
    public void Synthesize(ReadOnlySpan<float> latents, Span<byte> pixels)
    {
        float[] floats = ArrayPool<float>.Shared.Rent(output.Samples);
        try
        {
            graph.Run(latents, 1, floats.AsSpan(0, output.Samples));
            _scaling.ToBytes(floats.AsSpan(0, output.Samples), pixels);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(floats);
        }
    }

    /// <inheritdoc/>
    public void SynthesizeGreys(ReadOnlySpan<float> latents, Span<float> greys)
    {
        graph.Run(latents, 1, greys);
        for (int i = 0; i < greys.Length; i++)
            greys[i] *= _greysPerUnit;
    }

    /// <inheritdoc/>
    public void Dispose() => graph.Dispose();
}
