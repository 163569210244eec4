using Codec.Errors;
using Codec.Onnx;
using Codec.Simd;
using Codec.Transforms.Programs;

namespace Codec.Transforms;

/// <summary>
/// The encoder: pixels to latents, in our own code where its graph is linear, else through ONNX Runtime. Safe for use by many threads at
/// once.
/// </summary>
internal sealed class Analysis : IGraphTransform
{
    private readonly IGraphTransform _transform;

    /// <summary>Takes a checked encoder graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <exception cref="InvalidModelException">ONNX Runtime refuses the graph.</exception>
    public Analysis(OnnxGraph graph)
        : this(graph, SimdPaths.Selected) { }

    internal Analysis(OnnxGraph graph, SimdPath path)
    {
        if (LinearProgram.TryCreate(graph, path, out LinearProgram? program))
        {
            _transform = program;
            return;
        }

        var network = new OnnxTransform(graph);
        _transform = network;
        try
        {
            network.Open();
        }
        catch (RuntimeUnavailableException exception)
        {
            // Decoding does not need the encoder, so the model must load: the first run throws the same again.
            Unavailable = exception;
        }
    }

    /// <summary>Why the graph cannot run on this platform; null where it can.</summary>
    public RuntimeUnavailableException? Unavailable { get; }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int batch, Span<float> output) => _transform.Run(input, batch, output);

    /// <inheritdoc/>
    public void Dispose() => _transform.Dispose();
}
