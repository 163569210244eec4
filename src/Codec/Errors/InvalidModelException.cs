namespace Codec.Errors;

/// <summary>A manifest, blob, graph or model file is malformed, exceeds a bound, or does not fit its other parts.</summary>
public sealed class InvalidModelException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="field">
    /// The part: a path in the manifest (<c>input.width</c>), or a blob's role (<c>prior</c>, <c>encoder</c>, <c>head image</c>).
    /// </param>
    /// <param name="message">What is wrong, with the value, the allowed range and the remedy.</param>
    /// <param name="innerException">The library's exception, where there is one.</param>
    public InvalidModelException(string field, string message, Exception? innerException = null)
        : base($"Invalid model: {field}: {message}", innerException) => (Field, Problem) = (field, message);

    /// <summary>The part that is wrong.</summary>
    public string Field { get; }

    /// <summary>What is wrong: the message without the part.</summary>
    public string Problem { get; }
}
