using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Codec.Networks;
using Codec.Schemes;
using Codec.Simd;
using Codec.Transforms;

namespace Codec;

/// <summary>A loaded version: encodes pixels to codes and decodes codes to pixels. Safe for use by many threads at once.</summary>
public sealed partial class CodecModel : IDisposable
{
    // Each thread needs lines and contexts of its own, and the more threads, the more rows are decoded twice.
    private const int MostThreads = 4;

    private readonly IScheme _scheme;
    private readonly ReadOnlyMemory<byte> _goldenImage;

    private CodecModel(ModelPackage package, IScheme scheme)
    {
        (Manifest, Version, _scheme) = (package.Manifest, package.Version, scheme);
        package.Blobs.TryGetValue(Manifest.Golden.Image.Digest, out _goldenImage);
    }

    /// <summary>The manifest.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>The SHA-256 of the manifest, which names the version.</summary>
    public Digest Version { get; }

    /// <summary>Whether the encoder was in the package and runs on this platform.</summary>
    public bool CanEncode => _scheme.Encoder.IsAvailable;

    /// <summary>The heads that were in the package.</summary>
    public IReadOnlyCollection<string> Heads => _scheme.Heads;

    /// <summary>
    /// Whether every image has the size that the manifest states: <see cref="ModelManifest.Input"/>'s before encoding, the head's output
    /// after decoding. Otherwise the model takes many sizes, and each code states its own (<see cref="ReadSize"/>).
    /// </summary>
    public bool IsFixedSize => _scheme.IsFixedSize;

    /// <summary>Whether <see cref="EncodeBatch(ReadOnlySpan{byte}, int)"/> works; otherwise images are encoded one by one.</summary>
    public bool Batches => _scheme.Batches;

    /// <summary>The sizes that <see cref="Takes"/> allows, for messages: "32×32", or "1×1 to 8192×8192".</summary>
    public string TakenSizes => _scheme.TakenSizes;

    /// <summary>Loads a package whose graphs are linear.</summary>
    /// <inheritdoc cref="Load(ModelPackage, INetworkRuntime)"/>
    public static CodecModel Load(ModelPackage package) => Load(package, networks: null);

    /// <summary>Loads a package: the prior, which is required, and the encoder and heads whose blobs the package holds.</summary>
    /// <param name="package">The package; borrowed for the call only.</param>
    /// <param name="networks">Runs the graphs that are networks; null where only linear models are met.</param>
    /// <returns>The model, to be disposed by the caller.</returns>
    /// <exception cref="InvalidModelException">A part is missing, malformed, or does not fit the others.</exception>
    /// <exception cref="RuntimeUnavailableException">
    /// A head is a network, and <paramref name="networks"/> is null or does not work on this platform. Where only the encoder is one, the
    /// model loads and decodes, and encoding throws.
    /// </exception>
    public static CodecModel Load(ModelPackage package, INetworkRuntime? networks)
    {
        ArgumentNullException.ThrowIfNull(package);
        return new CodecModel(
            package,
            SchemeLoader.Load(
                package,
                new GraphLoader(networks, SimdPaths.Selected),
                threads: Math.Min(Environment.ProcessorCount, MostThreads)
            )
        );
    }

    /// <summary>Whether the model encodes images of this size.</summary>
    public bool Takes(ImageSize size) => _scheme.Takes(size);

    /// <inheritdoc/>
    public void Dispose() => _scheme.Dispose();

    private void CheckQuality(int quality)
    {
        if (quality < 0 || quality >= Manifest.Qualities.Count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(quality),
                quality,
                $"{Manifest.Name} has the qualities 0 to {Manifest.Qualities.Count - 1}."
            );
        }
    }
}
