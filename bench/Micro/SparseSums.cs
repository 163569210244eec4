using BenchmarkDotNet.Attributes;
using Codec.Simd;
using Codec.Transforms;

namespace Codec.Micro;

/// <summary>Times the sums of weighted rows over non-zero latents, on the scalar and the selected path.</summary>
public class SparseSums
{
    private const int Latents = 1_000;
    private const int Samples = 96 * SparseSum.Tile;

    private readonly sbyte[] _weights = new sbyte[Latents * Samples];
    private readonly float[] _origin = new float[Samples];
    private readonly float[] _sums = new float[Samples];
    private SparseTerm[] _terms = [];

    /// <summary>Number of non-zero latents: that of a face at a low rate, and at a high one.</summary>
    [Params(10, 120)]
    public int NonZero { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(3);
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_weights.AsSpan()));
        _terms = [.. Enumerable.Range(0, NonZero).Select(i => new SparseTerm(i * Latents / NonZero, random.NextSingle()))];
    }

    [Benchmark(Baseline = true)]
    public void Scalar() => Compute(SimdPath.Scalar);

    [Benchmark]
    public void Selected() => Compute(SimdPaths.Selected);

    private void Compute(SimdPath path) => SparseSum.Compute<sbyte, Int8Lanes>(path, _terms, _weights, Latents, _origin, _sums);
}
