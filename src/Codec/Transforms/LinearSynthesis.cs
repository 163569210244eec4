using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Codec.Images;
using Codec.Onnx;
using Codec.Simd;

namespace Codec.Transforms;

/// <summary>Decodes with a linear graph; only non-zero latents cost time. Immutable.</summary>
/// <remarks>
/// <para>
/// A sample is byte = clamp(⌊origin[s] + Σ latent[k] · gain[k] · weight[k, s]⌋, 0..255), the sum in 32-bit floats over the non-zero k
/// in ascending order. The origin holds the bias and the ½ that rounds (to nearest, halves up); the gain converts the graph's unit to
/// grey levels. NaN gives 0. Every <see cref="SimdPath"/> gives the same bytes on one machine; machines with and without fused
/// multiply-add, and ONNX Runtime, agree to one grey level while Σ |term| stays below 2^19 grey levels, thousands of times the range of
/// an image.
/// </para>
/// <para>
/// Weights are in tiles of <see cref="SparseSum.Tile"/> samples, [tile, latent, sample], padded with zeros: a tile's sums stay in
/// registers while its non-zero latents are added, and the weights that they read are close together.
/// </para>
/// </remarks>
internal sealed class LinearSynthesis : ISynthesis
{
    private const int TermsOnStack = 256;

    private readonly float[] _gains;
    private readonly float[] _origin;
    private readonly float[] _bias;
    private readonly sbyte[] _int8Tiles = [];
    private readonly float[] _floatTiles = [];
    private readonly int _samples;
    private readonly SimdPath _path;

    private LinearSynthesis(LinearMap map, ImageGeometry output, SimdPath path)
    {
        (_samples, _path) = (map.Samples, path);
        _gains = [.. map.Scales.Select(scale => (float)(scale / (double)output.Scale))];
        _origin = new float[(map.Samples + SparseSum.Tile - 1) / SparseSum.Tile * SparseSum.Tile];
        _bias = new float[_origin.Length];
        for (int sample = 0; sample < map.Samples; sample++)
        {
            _origin[sample] = (float)((map.Bias[sample] - output.Offset) / output.Scale + 0.5);
            _bias[sample] = (float)(map.Bias[sample] / (double)output.Scale);
        }

        if (map.IsInt8)
            _int8Tiles = ToTiles(map.Weights<sbyte>(), map);
        else
            _floatTiles = ToTiles(map.Weights<float>(), map);
    }

    /// <summary>Creates a synthesis if the graph is linear; other graphs run through <see cref="GraphSynthesis"/>.</summary>
    /// <param name="graph">A decoder's graph.</param>
    /// <param name="output">Shape and scaling of the graph's output.</param>
    /// <param name="path">The vector width.</param>
    /// <param name="synthesis">The synthesis, with its own copy of the weights.</param>
    public static bool TryCreate(OnnxGraph graph, ImageGeometry output, SimdPath path, [NotNullWhen(true)] out LinearSynthesis? synthesis)
    {
        synthesis = LinearMap.TryRead(graph, out LinearMap? map) ? new LinearSynthesis(map, output, path) : null;
        return synthesis is not null;
    }

    /// <inheritdoc/>
    public int Latents => _gains.Length;

    /// <summary>Number of samples, rounded up to whole tiles.</summary>
    public int GreysLength => _origin.Length;

    /// <inheritdoc/>
    public void Synthesize(ReadOnlySpan<float> latents, Span<byte> pixels)
    {
        if (latents.Length != _gains.Length)
            throw new ArgumentException($"{latents.Length} latents; the decoder takes {_gains.Length}.", nameof(latents));
        if (pixels.Length != _samples)
            throw new ArgumentException($"{pixels.Length} bytes; the decoder gives {_samples}.", nameof(pixels));
        float[] sums = ArrayPool<float>.Shared.Rent(_origin.Length);
        Sum(latents, _origin, sums.AsSpan(0, _origin.Length));
        PixelScaling.Truncate(sums.AsSpan(0, _samples), pixels);
        ArrayPool<float>.Shared.Return(sums);
    }

    /// <inheritdoc/>
    public void SynthesizeGreys(ReadOnlySpan<float> latents, Span<float> greys) => Sum(latents, _bias, greys);

    /// <summary>Does nothing: all memory is managed.</summary>
    public void Dispose() { }

    [SkipLocalsInit]
    private void Sum(ReadOnlySpan<float> latents, ReadOnlySpan<float> origin, Span<float> sums)
    {
        int count = latents.Length - latents.Count(0f);
        SparseTerm[]? rented = count > TermsOnStack ? ArrayPool<SparseTerm>.Shared.Rent(count) : null;
        Span<SparseTerm> terms = (rented ?? stackalloc SparseTerm[TermsOnStack])[..count];
        int filled = 0;
        for (int latent = 0; filled < count; latent++)
        {
            if (latents[latent] != 0)
                terms[filled++] = new SparseTerm(latent, latents[latent] * _gains[latent]);
        }

        if (_int8Tiles.Length > 0)
            SparseSum.Compute<sbyte, Int8Lanes>(_path, terms, _int8Tiles, _gains.Length, origin, sums);
        else
            SparseSum.Compute<float, FloatLanes>(_path, terms, _floatTiles, _gains.Length, origin, sums);
        if (rented is not null)
            ArrayPool<SparseTerm>.Shared.Return(rented);
    }

    private static T[] ToTiles<T>(ReadOnlySpan<T> weights, LinearMap map)
    {
        int tiles = (map.Samples + SparseSum.Tile - 1) / SparseSum.Tile;
        var tiled = new T[(long)tiles * map.Latents * SparseSum.Tile];
        for (int latent = 0; latent < map.Latents; latent++)
        {
            for (int sample = 0; sample < map.Samples; sample++)
            {
                int source = map.IsTransposed ? sample * map.Latents + latent : latent * map.Samples + sample;
                (int tile, int lane) = Math.DivRem(sample, SparseSum.Tile);
                tiled[((long)tile * map.Latents + latent) * SparseSum.Tile + lane] = weights[source];
            }
        }

        return tiled;
    }
}
