using System.Runtime.InteropServices;

namespace Codec.Errors;

/// <summary>
/// The graph is a network, which only ONNX Runtime runs, and ONNX Runtime's native library cannot be loaded on this platform.
/// </summary>
/// <remarks>
/// Graphs that are linear (<c>faces-32</c>, <c>faces-64</c>, <c>photos</c>) run without it, encoders and heads alike. ONNX Runtime's
/// package brings the library for Windows, Linux with glibc and macOS on arm64, not for Alpine (musl) or macOS on x64. The inner exception
/// is the loader's.
/// </remarks>
public sealed class RuntimeUnavailableException : Exception
{
    /// <summary>Creates the exception; its message names the graph and the remedy.</summary>
    /// <param name="role">The graph's role in its model: <c>encoder</c>, <c>head image</c>.</param>
    /// <param name="innerException">The loader's exception.</param>
    public RuntimeUnavailableException(string role, Exception? innerException = null)
        : base(
            $"The {role} is a network and needs ONNX Runtime, whose native library cannot be loaded on {RuntimeInformation.RuntimeIdentifier}. Models whose graphs are "
                + "linear (faces-32, faces-64, photos) work without it. Run this on a platform that the package Microsoft.ML.OnnxRuntime has a library for "
                + $"(win-x64, win-arm64, linux-x64 or linux-arm64 with glibc, osx-arm64), or put one for this platform into the program's folder.",
            innerException
        ) => Role = role;

    /// <summary>The graph's role in its model: <c>encoder</c>, <c>head image</c>.</summary>
    public string Role { get; }
}
