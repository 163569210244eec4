namespace Codec.Errors;

/// <summary>The graph is a network, and no runtime that runs networks was given, or it does not work on this platform.</summary>
/// <remarks>
/// Graphs that are linear (<c>faces-32</c>, <c>faces-64</c>, <c>photos</c>) run without a runtime, encoders and heads alike. The package
/// Codec.Onnx has one.
/// </remarks>
public sealed class RuntimeUnavailableException : Exception
{
    /// <summary>Creates the exception; its message names the graph, the reason and the remedy.</summary>
    /// <param name="role">The graph's role in its model: <c>encoder</c>, <c>head image</c>.</param>
    /// <param name="reason">Why it cannot run, and what to do, in whole sentences.</param>
    /// <param name="innerException">The loader's exception, where there is one.</param>
    public RuntimeUnavailableException(string role, string reason, Exception? innerException = null)
        : base(
            $"The {role} is a network. {reason} Models whose graphs are linear (faces-32, faces-64, photos) need no runtime.",
            innerException
        ) => (Role, Reason) = (role, reason);

    /// <summary>The graph's role in its model: <c>encoder</c>, <c>head image</c>.</summary>
    public string Role { get; }

    /// <summary>Why it cannot run, and what to do.</summary>
    public string Reason { get; }
}
