using Codec.Errors;
using Codec.Images;
using Codec.Networks;
using Codec.Onnx;
using Codec.Simd;
using Codec.Transforms.Programs;

namespace Codec.Transforms;

/// <summary>Chooses how a checked graph is computed: in our own code where it is linear, by a runtime of networks otherwise.</summary>
/// <param name="networks">The runtime of networks; null where the application has none.</param>
/// <param name="path">The vector width of our own code.</param>
internal sealed class GraphLoader(INetworkRuntime? networks, SimdPath path)
{
    /// <summary>The vector width of our own code.</summary>
    public SimdPath Path => path;

    /// <summary>
    /// Loads an encoder's graph. Decoding does not need it, so if a network cannot run here, its runs throw and the load succeeds.
    /// </summary>
    /// <exception cref="InvalidModelException">The runtime refuses the graph.</exception>
    public IRunnableGraph LoadAnalysis(OnnxGraph graph)
    {
        try
        {
            return Load(graph);
        }
        catch (RuntimeUnavailableException exception)
        {
            return new UnavailableGraph(() => new RuntimeUnavailableException(exception.Role, exception.Reason, exception.InnerException));
        }
    }

    /// <summary>Loads a head's graph that outputs whole images.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="output">Shape and scaling of the graph's output.</param>
    /// <exception cref="InvalidModelException">The runtime refuses the graph.</exception>
    /// <exception cref="RuntimeUnavailableException">The graph is a network, and no runtime for it works here.</exception>
    public ISynthesis LoadSynthesis(OnnxGraph graph, ImageGeometry output) =>
        LinearSynthesis.TryCreate(graph, output, path, out LinearSynthesis? linear)
            ? linear
            : new GraphSynthesis(Load(graph), graph.Signature.InputLength, output);

    /// <summary>Loads a head's graph that outputs the windows of a grid.</summary>
    /// <inheritdoc cref="LoadSynthesis"/>
    public IWindowSynthesis LoadWindowSynthesis(OnnxGraph graph, ImageGeometry output) =>
        SeparableSynthesis.TryCreate(graph, output, path, out SeparableSynthesis? separable)
            ? separable
            : new DenseWindowSynthesis(LoadSynthesis(graph, output), output);

    private IRunnableGraph Load(OnnxGraph graph)
    {
        if (LinearProgram.TryCreate(graph, path, out LinearProgram? program))
            return program;
        return networks is null
            ? throw new RuntimeUnavailableException(
                graph.Role,
                "No runtime of networks was given: reference the package Codec.Onnx, and pass its OnnxNetworkRuntime.Instance."
            )
            : new NetworkRun(networks, graph);
    }
}
