namespace Codec.Transforms;

/// <summary>Replaces an encoder that this process cannot run, so that the model still loads and decodes.</summary>
/// <param name="reason">Creates the exception that every run throws.</param>
internal sealed class UnavailableGraph(Func<Exception> reason) : IRunnableGraph
{
    /// <summary>Creates the exception that explains why the graph cannot run.</summary>
    public Exception CreateException() => reason();

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int batch, Span<float> output) => throw CreateException();

    /// <inheritdoc/>
    public void Dispose() { }
}
