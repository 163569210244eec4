using System.Buffers;
using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Transforms;

namespace Codec.Schemes;

/// <summary>
/// Runs a model's encoder graph: pixels → latents, of whole images or of the windows of a grid. Safe for use by many threads at once, until
/// disposed.
/// </summary>
internal sealed class ModelEncoder : IDisposable
{
    /// <summary>Number of images in one run of the graph: enough for a full matrix product, few enough for the cache.</summary>
    private const int MaxBatch = 64;

    /// <summary>Number of floats in a run of several images: 4 MiB, so that what the pool keeps stays small.</summary>
    private const int FloatsOfRun = 1 << 20;

    private readonly ModelManifest _manifest;

    private ModelEncoder(ModelManifest manifest, IRunnableGraph graph)
    {
        (_manifest, Graph) = (manifest, graph);
        Scaling = new PixelScaling(manifest.Input);
    }

    /// <summary>Whether the encoder was in the package and runs on this platform.</summary>
    public bool IsAvailable => Graph is not UnavailableGraph;

    /// <summary>The graph, from scaled pixels of the manifest's input to the graph's latents.</summary>
    public IRunnableGraph Graph { get; }

    /// <summary>Converts bytes to the graph's floats.</summary>
    public PixelScaling Scaling { get; }

    /// <summary>Loads the encoder; without its blob, or without a runtime for a network, every run throws.</summary>
    /// <exception cref="InvalidModelException">The graph is malformed, or does not fit the manifest.</exception>
    public static ModelEncoder Load(ModelPackage package, GraphLoader graphs)
    {
        ModelManifest manifest = package.Manifest;
        if (!package.Blobs.TryGetValue(manifest.Encoder.Digest, out ReadOnlyMemory<byte> blob))
        {
            string message = $"{manifest.Name} was loaded without its encoder; fetch the encoder's blob too.";
            return new ModelEncoder(manifest, new UnavailableGraph(() => new InvalidOperationException(message)));
        }

        var graph = OnnxGraph.Parse(blob, "encoder", GraphSignature.Encoder(manifest.Input, manifest.GraphLatents));
        return new ModelEncoder(manifest, graphs.LoadAnalysis(graph));
    }

    /// <summary>Throws unless <see cref="IsAvailable"/>.</summary>
    /// <exception cref="InvalidOperationException">The package had no encoder.</exception>
    /// <exception cref="RuntimeUnavailableException">The encoder is a network, and no runtime for it works here.</exception>
    public void Check()
    {
        if (Graph is UnavailableGraph unavailable)
            throw unavailable.CreateException();
    }

    /// <summary>Scales pixels and runs the graph on them, up to <see cref="MaxBatch"/> images at a time.</summary>
    /// <param name="pixels">[count, height, width, channels] of the manifest's input.</param>
    /// <returns>[count, the graph's latents], owned by the caller.</returns>
    /// <exception cref="ArgumentException">pixels is empty, or not a whole number of images.</exception>
    public float[] Analyze(ReadOnlySpan<byte> pixels)
    {
        Check();
        ImageGeometry input = _manifest.Input;
        int samples = input.Samples;
        if (pixels.IsEmpty || pixels.Length % samples != 0)
        {
            throw new ArgumentException(
                $"{pixels.Length} samples are not a number of whole images; {_manifest.Name} takes {input.Size}×{input.Channels} = {samples}.",
                nameof(pixels)
            );
        }

        int count = pixels.Length / samples,
            width = _manifest.GraphLatents;
        var latents = new float[count * width];
        int most = Math.Clamp(FloatsOfRun / samples, 1, Math.Min(count, MaxBatch));

        // Not allocated: a batch of a few images would be a large object, which only full collections remove.
        float[] scaled = ArrayPool<float>.Shared.Rent(most * samples);
        try
        {
            for (int first = 0; first < count; first += most)
            {
                int batch = Math.Min(most, count - first);
                ReadOnlySpan<byte> bytes = pixels.Slice(first * samples, batch * samples);
                Scaling.ToFloats(bytes, scaled.AsSpan(0, bytes.Length));
                Graph.Run(scaled.AsSpan(0, bytes.Length), batch, latents.AsSpan(first * width, batch * width));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(scaled);
        }

        return latents;
    }

    /// <inheritdoc/>
    public void Dispose() => Graph.Dispose();
}
