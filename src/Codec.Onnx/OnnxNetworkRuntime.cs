using Codec.Errors;
using Codec.Networks;

namespace Codec.Onnx;

/// <summary>Runs networks through ONNX Runtime, on the processor.</summary>
/// <remarks>
/// ONNX Runtime's package brings its native library for Windows, Linux with glibc and macOS on arm64, not for Alpine (musl) or macOS on
/// x64. Its telemetry is switched off before its first use, unless the environment variable <c>ORT_DISABLE_TELEMETRY</c> is set.
/// </remarks>
public sealed class OnnxNetworkRuntime : INetworkRuntime
{
    private OnnxNetworkRuntime() { }

    /// <summary>The runtime; it holds nothing until a network is opened.</summary>
    public static OnnxNetworkRuntime Instance { get; } = new();

    /// <inheritdoc/>
    /// <exception cref="InvalidModelException">ONNX Runtime refuses the graph.</exception>
    /// <exception cref="RuntimeUnavailableException">ONNX Runtime's native library cannot be loaded here.</exception>
    public INetwork Open(NetworkGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return new OnnxNetwork(graph);
    }
}
