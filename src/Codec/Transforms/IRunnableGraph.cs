using Codec.Errors;

namespace Codec.Transforms;

/// <summary>Runs a graph: floats → floats. Safe for use by many threads at once, until disposed.</summary>
internal interface IRunnableGraph : IDisposable
{
    /// <summary>Runs the graph on a batch of any size. A large batch takes several passes, so that memory stays bounded.</summary>
    /// <param name="input">batch × the graph's input length in floats; borrowed for the call only.</param>
    /// <param name="batch">Number of images, 1 or more.</param>
    /// <param name="output">batch × the graph's output length in floats; overwritten.</param>
    /// <exception cref="InvalidModelException">The graph cannot be run, or fails on this input.</exception>
    /// <exception cref="RuntimeUnavailableException">The graph is a network, and no runtime for it works here.</exception>
    /// <exception cref="ArgumentException">A length does not fit the batch.</exception>
    /// <exception cref="ObjectDisposedException">The graph was disposed.</exception>
    void Run(ReadOnlySpan<float> input, int batch, Span<float> output);
}
