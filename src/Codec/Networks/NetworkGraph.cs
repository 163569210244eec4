namespace Codec.Networks;

/// <summary>A checked network, as a runtime opens it: one input and one output, each a tensor of floats.</summary>
public sealed class NetworkGraph
{
    /// <summary>The graph's role in its model, which errors name: <c>encoder</c>, <c>head image</c>.</summary>
    public required string Role { get; init; }

    /// <summary>The ONNX file.</summary>
    public required ReadOnlyMemory<byte> Onnx { get; init; }

    /// <summary>The input's name.</summary>
    public required string Input { get; init; }

    /// <summary>The input's dimensions without the outermost, which is the batch.</summary>
    public required IReadOnlyList<int> InputShape { get; init; }

    /// <summary>The output's name.</summary>
    public required string Output { get; init; }

    /// <summary>The output's dimensions without the batch.</summary>
    public required IReadOnlyList<int> OutputShape { get; init; }

    /// <summary>The most images that one run takes, at least 1; it bounds a run's memory.</summary>
    public required int MaxBatch { get; init; }
}
