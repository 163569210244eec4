using Codec.Errors;

namespace Codec.Networks;

/// <summary>An opened network: floats → floats. Safe for use by many threads at once.</summary>
public interface INetwork : IDisposable
{
    /// <summary>Runs the network on a batch.</summary>
    /// <param name="input">batch × the input's length in floats; borrowed for the call only.</param>
    /// <param name="batch">Number of images, 1 to the graph's <see cref="NetworkGraph.MaxBatch"/>.</param>
    /// <param name="output">batch × the output's length in floats; overwritten.</param>
    /// <exception cref="InvalidModelException">The network fails on this input, or its output has another shape.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed. Runs that have begun finish.</exception>
    void Run(ReadOnlySpan<float> input, int batch, Span<float> output);
}
