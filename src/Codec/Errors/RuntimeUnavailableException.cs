using System.Runtime.InteropServices;

namespace Codec.Errors;

/// <summary>
/// A graph is a network, which only ONNX Runtime runs, and ONNX Runtime's native library cannot be loaded on this platform.
/// </summary>
/// <remarks>
/// Graphs that are linear (<c>faces-32</c>, <c>faces-64</c>, <c>photos</c>) run without it, encoders and heads alike. ONNX Runtime's
/// package brings the library for Windows, Linux with glibc and macOS on arm64, not for Alpine (musl) or macOS on x64. The inner exception
/// says what failed.
/// </remarks>
public sealed class RuntimeUnavailableException : Exception
{
    /// <summary>Says which graph cannot be run, and what to do.</summary>
    /// <param name="role">What the graph is to its model: <c>encoder</c>, <c>head image</c>.</param>
    /// <param name="innerException">What the loader said.</param>
    public RuntimeUnavailableException(string role, Exception? innerException = null)
        : base(
            $"The {role} is a network and needs ONNX Runtime, whose native library cannot be loaded on {RuntimeInformation.RuntimeIdentifier}. Models whose graphs are "
                + "linear (faces-32, faces-64, photos) work without it. Run this on a platform that the package Microsoft.ML.OnnxRuntime has a library for "
                + $"(win-x64, win-arm64, linux-x64 or linux-arm64 with glibc, osx-arm64), or put one for this platform beside the program.",
            innerException
        ) => Role = role;

    /// <summary>What the graph is to its model: <c>encoder</c>, <c>head image</c>.</summary>
    public string Role { get; }
}
