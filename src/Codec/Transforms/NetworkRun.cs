using Codec.Errors;
using Codec.Networks;
using Codec.Onnx;

namespace Codec.Transforms;

/// <summary>Runs a checked graph on a runtime of networks, a bounded number of images at a time.</summary>
internal sealed class NetworkRun : IRunnableGraph
{
    private readonly GraphSignature _signature;
    private readonly int _maxBatch;
    private readonly INetwork _network;

    /// <summary>Opens a graph.</summary>
    /// <exception cref="InvalidModelException">The runtime refuses the graph.</exception>
    /// <exception cref="RuntimeUnavailableException">The runtime does not work on this platform.</exception>
    public NetworkRun(INetworkRuntime runtime, OnnxGraph graph)
    {
        _signature = graph.Signature;
        _maxBatch = (int)Math.Clamp(OnnxLimits.MaxElementsPerRun / Math.Max(graph.Elements, 1), 1, 1024);
        _network = runtime.Open(
            new NetworkGraph
            {
                Role = graph.Role,
                Onnx = graph.Blob,
                Input = _signature.Input,
                InputShape = _signature.InputShape,
                Output = _signature.Output,
                OutputShape = _signature.OutputShape,
                MaxBatch = _maxBatch,
            }
        );
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int batch, Span<float> output)
    {
        _signature.CheckLengths(input.Length, batch, output.Length);
        int inputLength = _signature.InputLength,
            outputLength = _signature.OutputLength;
        for (int done = 0; done < batch; done += _maxBatch)
        {
            int count = Math.Min(_maxBatch, batch - done);
            _network.Run(
                input.Slice(done * inputLength, count * inputLength),
                count,
                output.Slice(done * outputLength, count * outputLength)
            );
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();
}
