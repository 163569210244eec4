namespace Codec;

/// <summary>A manifest's exact bytes and the blobs at hand: all of them in a model file, or only those that a client needs.</summary>
/// <remarks>A model file (<c>faces-32.codec</c>) is a zip archive with <c>manifest.json</c> and <c>blobs/&lt;digest&gt;</c>.</remarks>
public sealed class ModelPackage
{
    /// <summary>Puts a package together, and verifies each blob given against the manifest's digest and size.</summary>
    /// <param name="manifest">The manifest's exact bytes.</param>
    /// <param name="blobs">Blobs by digest; those that the manifest does not list are refused; those missing may be missing.</param>
    /// <exception cref="InvalidModelException">The manifest is malformed, or a blob is not what it lists.</exception>
    public ModelPackage(ReadOnlyMemory<byte> manifest, IReadOnlyDictionary<Digest, ReadOnlyMemory<byte>> blobs) => throw new NotImplementedException();

    /// <summary>The manifest, parsed.</summary>
    public ModelManifest Manifest => throw new NotImplementedException();

    /// <summary>The manifest's exact bytes.</summary>
    public ReadOnlyMemory<byte> ManifestBytes => throw new NotImplementedException();

    /// <summary>SHA-256 of the manifest's bytes: the version's name.</summary>
    public Digest Version => throw new NotImplementedException();

    /// <summary>The blobs at hand, verified.</summary>
    public IReadOnlyDictionary<Digest, ReadOnlyMemory<byte>> Blobs => throw new NotImplementedException();

    /// <summary>Reads a model file.</summary>
    /// <exception cref="InvalidModelException">It is not one, or not whole, or exceeds a bound.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ModelPackage Load(string path) => throw new NotImplementedException();

    /// <summary>Writes a model file; it appears under its name only when it is whole.</summary>
    /// <exception cref="InvalidOperationException">A blob that the manifest lists is not at hand.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => throw new NotImplementedException();
}
