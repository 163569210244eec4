using System.Buffers;
using Codec.Errors;
using Codec.Filtering;
using Codec.Models;
using Codec.Onnx;
using Codec.Simd;
using Codec.Transforms.Programs;

namespace Codec.Transforms;

/// <summary>
/// One head: latents to pixels, in our own code where its graph is linear, sparsely where that is one product; else through ONNX Runtime.
/// Safe for use by many threads at once.
/// </summary>
internal sealed class Synthesis : IDisposable
{
    private readonly LinearSynthesis? _linear;
    private readonly IGraphTransform? _dense;
    private readonly PixelScaling _scaling;
    private readonly float _perGrey;

    /// <summary>Takes a checked decoder graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="output">What it gives.</param>
    /// <param name="isWindow">Whether that is a window of a grid.</param>
    /// <param name="filter">What the images of a grid go through at the end, if anything.</param>
    /// <exception cref="InvalidModelException">ONNX Runtime refuses the graph.</exception>
    /// <exception cref="RuntimeUnavailableException">The graph needs ONNX Runtime, whose native library cannot be loaded here.</exception>
    public Synthesis(OnnxGraph graph, ImageGeometry output, bool isWindow = false, PostFilter? filter = null)
        : this(graph, output, isWindow, filter, SimdPaths.Selected) { }

    internal Synthesis(OnnxGraph graph, ImageGeometry output, bool isWindow, PostFilter? filter, SimdPath path)
    {
        (Filter, Path) = (filter, path);
        (Samples, Latents) = (output.Samples, graph.Signature.InputLength);
        _scaling = new PixelScaling(output);
        _perGrey = 1 / output.Scale;
        if (isWindow && SeparableSynthesis.TryCreate(graph, output, path, out SeparableSynthesis? separable))
        {
            Separable = separable;
            return;
        }

        if (LinearSynthesis.TryCreate(graph, output, path, out _linear))
            return;
        if (LinearProgram.TryCreate(graph, path, out LinearProgram? program))
        {
            _dense = program;
            return;
        }

        var network = new OnnxTransform(graph);
        network.Open();
        _dense = network;
    }

    /// <summary>How windows are decoded where the graph is separable; otherwise <see cref="RunWindow"/> is asked.</summary>
    public SeparableSynthesis? Separable { get; }

    /// <summary>What the images of a grid go through at the end.</summary>
    public PostFilter? Filter { get; }

    /// <summary>How to compute.</summary>
    public SimdPath Path { get; }

    /// <summary>Samples of an image.</summary>
    public int Samples { get; }

    /// <summary>K.</summary>
    public int Latents { get; }

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

    /// <summary>Floats that <see cref="RunWindow"/> needs: <see cref="Samples"/>, and padding behind them.</summary>
    public int WindowLength => _linear?.PaddedSamples ?? Samples;

    /// <summary>Decodes one window of a grid: what it adds to the image, in grey levels.</summary>
    /// <param name="latents">One for each latent; borrowed for the call only.</param>
    /// <param name="greys"><see cref="WindowLength"/> floats; overwritten.</param>
    public void RunWindow(ReadOnlySpan<float> latents, Span<float> greys)
    {
        if (_linear is not null)
        {
            _linear.Synthesize(latents, greys);
            return;
        }

        _dense!.Run(latents, 1, greys);
        for (int i = 0; i < greys.Length; i++)
            greys[i] *= _perGrey;
    }

    /// <inheritdoc/>
    public void Dispose() => _dense?.Dispose();
}
