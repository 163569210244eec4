using Codec.Errors;
using Codec.Images;
using Codec.Onnx;
using Codec.Simd;
using Codec.Transforms.Programs;

namespace Codec.Transforms;

/// <summary>Chooses how a checked graph is computed: in our own code where it is linear, through ONNX Runtime otherwise.</summary>
internal static class GraphLoader
{
    /// <summary>
    /// Loads an encoder's graph. Decoding does not need it, so if the native library is missing, its runs throw and the load succeeds.
    /// </summary>
    /// <exception cref="InvalidModelException">ONNX Runtime refuses the graph.</exception>
    public static IRunnableGraph LoadAnalysis(OnnxGraph graph, SimdPath path)
    {
        try
        {
            return Load(graph, path);
        }
        catch (RuntimeUnavailableException exception)
        {
            return new UnavailableGraph(() => new RuntimeUnavailableException(exception.Role, exception.InnerException));
        }
    }

    /// <summary>Loads a head's graph that outputs whole images.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="output">Shape and scaling of the graph's output.</param>
    /// <param name="path">The vector width of our own code.</param>
    /// <exception cref="InvalidModelException">ONNX Runtime refuses the graph.</exception>
    /// <exception cref="RuntimeUnavailableException">The graph needs ONNX Runtime, whose native library cannot be loaded here.</exception>
    public static ISynthesis LoadSynthesis(OnnxGraph graph, ImageGeometry output, SimdPath path) =>
        LinearSynthesis.TryCreate(graph, output, path, out LinearSynthesis? linear)
            ? linear
            : new GraphSynthesis(Load(graph, path), graph.Signature.InputLength, output);

    /// <summary>Loads a head's graph that outputs the windows of a grid.</summary>
    /// <inheritdoc cref="LoadSynthesis"/>
    public static IWindowSynthesis LoadWindowSynthesis(OnnxGraph graph, ImageGeometry output, SimdPath path) =>
        SeparableSynthesis.TryCreate(graph, output, path, out SeparableSynthesis? separable)
            ? separable
            : new DenseWindowSynthesis(LoadSynthesis(graph, output, path), output);

    private static IRunnableGraph Load(OnnxGraph graph, SimdPath path)
    {
        if (LinearProgram.TryCreate(graph, path, out LinearProgram? program))
            return program;

        var network = new OnnxRuntimeGraph(graph);
        try
        {
            network.Open();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
