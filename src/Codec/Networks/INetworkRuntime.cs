using Codec.Errors;

namespace Codec.Networks;

/// <summary>
/// Runs the graphs of models that are networks. The codec runs linear graphs itself (<c>faces-32</c>, <c>faces-64</c>, <c>photos</c>), so
/// an application that meets no other models needs none. The package Codec.Onnx has one, over ONNX Runtime.
/// </summary>
public interface INetworkRuntime
{
    /// <summary>Opens a network. The codec has checked its operators, its shapes, and the bounds of its memory and work.</summary>
    /// <param name="graph">The network.</param>
    /// <returns>The opened network; the caller disposes it.</returns>
    /// <exception cref="InvalidModelException">The runtime refuses the graph.</exception>
    /// <exception cref="RuntimeUnavailableException">The runtime does not work on this platform.</exception>
    INetwork Open(NetworkGraph graph);
}
