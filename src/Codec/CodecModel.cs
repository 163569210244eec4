using System.Collections.Concurrent;
using Codec.Entropy;
using Codec.Errors;
using Codec.Filtering;
using Codec.Models;
using Codec.Onnx;
using Codec.Quantization;
using Codec.Transforms;

namespace Codec;

/// <summary>A loaded version: encodes pixels to codes and decodes codes to pixels. Safe for use by many threads at once.</summary>
public sealed partial class CodecModel : IDisposable
{
    private readonly Prior _prior;
    private readonly PixelScaling _inputScaling;
    private readonly Dequantizer[] _dequantizers;
    private readonly ConcurrentBag<LatentEncoder>[] _latentEncoders;
    private readonly Lazy<GridRates>[] _gridRates;
    private readonly Analysis? _encoder;
    private readonly Dictionary<string, Synthesis> _heads;
    private readonly ReadOnlyMemory<byte> _goldenImage;

    private CodecModel(
        ModelPackage package,
        Prior prior,
        Analysis? encoder,
        Dictionary<string, Synthesis> heads,
        ReadOnlyMemory<byte> goldenImage
    )
    {
        Manifest = package.Manifest;
        Version = package.Version;
        _prior = prior;
        _encoder = encoder;
        _heads = heads;
        _goldenImage = goldenImage;
        _inputScaling = new PixelScaling(Manifest.Input);
        _dequantizers = [.. Manifest.Qualities.Select((quality, index) => new Dequantizer(prior, index, quality))];
        _gridRates = [.. Manifest.Qualities.Select((_, index) => new Lazy<GridRates>(() => new GridRates(prior, index)))];
        _latentEncoders = [.. Manifest.Qualities.Select(_ => new ConcurrentBag<LatentEncoder>())];
    }

    /// <summary>The manifest.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>The version's name.</summary>
    public Digest Version { get; }

    /// <summary>Whether the encoder was in the package and runs on this platform.</summary>
    public bool CanEncode => _encoder is { Unavailable: null };

    /// <summary>The heads that were in the package.</summary>
    public IReadOnlyCollection<string> Heads => _heads.Keys;

    /// <summary>Loads what a package holds: the prior always; the encoder and each head whose blob is at hand.</summary>
    /// <param name="package">The package; borrowed for the call only.</param>
    /// <returns>The model, to be disposed by the caller.</returns>
    /// <exception cref="InvalidModelException">A part is missing, malformed, or does not fit the others.</exception>
    /// <exception cref="RuntimeUnavailableException">
    /// A head is a network, and ONNX Runtime's native library cannot be loaded here. Where only the encoder is one, the model loads and
    /// decodes, and encoding throws.
    /// </exception>
    public static CodecModel Load(ModelPackage package)
    {
        ArgumentNullException.ThrowIfNull(package);
        ModelManifest manifest = package.Manifest;
        Prior prior = Prior.Parse(package.Require(manifest.Prior, "prior").Span);
        if (prior.Tables.Latents != manifest.Latents)
            throw new InvalidModelException("prior", $"it has {prior.Tables.Latents} latents; the manifest says {manifest.Latents}.");
        if (prior.Tables.Grid is null != manifest.Grid is null)
        {
            throw new InvalidModelException(
                "prior",
                $"it is {(prior.Tables.Grid is null ? "of single blocks" : "of a grid")}; the manifest {(manifest.Grid is null ? "has no grid" : "has one")}."
            );
        }

        if (prior.Tables.Grid?.Transforms != manifest.Grid?.Transforms)
        {
            throw new InvalidModelException(
                "prior",
                $"it has {prior.Tables.Grid?.Transforms} transforms; the manifest says {manifest.Grid?.Transforms}."
            );
        }

        if (prior.Tables.Qualities.Length != manifest.Qualities.Count)
        {
            throw new InvalidModelException(
                "prior",
                $"it has {prior.Tables.Qualities.Length} qualities; the manifest lists {manifest.Qualities.Count}."
            );
        }

        Analysis? encoder = null;
        var heads = new Dictionary<string, Synthesis>();
        try
        {
            if (package.Blobs.TryGetValue(manifest.Encoder.Digest, out ReadOnlyMemory<byte> graph))
            {
                encoder = new Analysis(OnnxGraph.Parse(graph, "encoder", GraphSignature.Encoder(manifest.Input, manifest.GraphLatents)));
            }

            foreach (HeadEntry head in manifest.Heads)
            {
                if (!package.Blobs.TryGetValue(head.Graph.Digest, out graph))
                    continue;
                OnnxGraph decoder = OnnxGraph.Parse(graph, $"head {head.Name}", GraphSignature.Decoder(manifest.GraphLatents, head.Output));
                heads.Add(head.Name, new Synthesis(decoder, head.Output, isWindow: manifest.Grid is not null, LoadFilter(package, head)));
            }

            package.Blobs.TryGetValue(manifest.Golden.Image.Digest, out ReadOnlyMemory<byte> goldenImage);
            return new CodecModel(package, prior, encoder, heads, goldenImage);
        }
        catch
        {
            encoder?.Dispose();
            foreach (Synthesis head in heads.Values)
                head.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _encoder?.Dispose();
        foreach (Synthesis head in _heads.Values)
            head.Dispose();
    }

    private static PostFilter? LoadFilter(ModelPackage package, HeadEntry head)
    {
        if (head.Filter is null)
            return null;
        PostFilter filter = PostFilter.Parse(package.Require(head.Filter, "filter").Span);
        if (filter.Tables.Planes != head.Output.Channels)
        {
            throw new InvalidModelException(
                "filter",
                $"it has {filter.Tables.Planes} planes; head {head.Name} gives {head.Output.Channels} channels."
            );
        }

        int qualities = package.Manifest.Qualities.Count;
        return filter.Tables.Qualities.Length == qualities
            ? filter
            : throw new InvalidModelException(
                "filter",
                $"it has {filter.Tables.Qualities.Length} qualities; the manifest lists {qualities}."
            );
    }

    private void CheckQuality(int quality)
    {
        if (quality < 0 || quality >= _dequantizers.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(quality),
                quality,
                $"{Manifest.Name} has the qualities 0 to {_dequantizers.Length - 1}."
            );
        }
    }
}
