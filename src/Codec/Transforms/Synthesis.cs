using System.Buffers;
using Codec.Onnx;

namespace Codec.Transforms;

/// <summary>One head: latents to pixels, sparsely where its graph is linear, else through ONNX Runtime. Safe for use by many threads at once.</summary>
internal sealed class Synthesis : IDisposable
{
    private readonly LinearSynthesis? _linear;
    private readonly OnnxTransform? _dense;
    private readonly PixelScaling _scaling;

    /// <summary>Takes a checked decoder graph.</summary>
    /// <exception cref="InvalidModelException">ONNX Runtime refuses the graph.</exception>
    public Synthesis(OnnxGraph graph, ImageGeometry output)
    {
        Samples = output.Samples;
        _scaling = new PixelScaling(output);
        if (LinearSynthesis.TryCreate(graph, output, out _linear)) return;
        _dense = new OnnxTransform(graph);
        _dense.Open();
    }

    /// <summary>Samples of an image.</summary>
    public int Samples { get; }

    /// <summary>Decodes one image.</summary>
    /// <param name="latents">One for each latent; borrowed for the call only.</param>
    /// <param name="pixels">One byte for each sample; overwritten.</param>
    public void Run(ReadOnlySpan<float> latents, Span<byte> pixels)
    {
        if (_linear is not null)
        {
            _linear.Synthesize(latents, pixels);
            return;
        }

        float[] floats = ArrayPool<float>.Shared.Rent(Samples);
        try
        {
            _dense!.Run(latents, 1, floats.AsSpan(0, Samples));
            _scaling.ToBytes(floats.AsSpan(0, Samples), pixels);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(floats);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _dense?.Dispose();
}
