namespace Codec.Client.Hosting;

/// <summary>
/// Carries the immutable options of a registered client through Microsoft.Extensions.Options, which creates its types empty and fills them.
/// The host creates it when it starts, and thereby checks the options.
/// </summary>
internal sealed class CodecClientSettings
{
    public CodecClientOptions Options { get; private set; } = new();

    /// <summary>Sets the options.</summary>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public void Set(CodecClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
    }
}
