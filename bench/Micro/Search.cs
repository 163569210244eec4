using BenchmarkDotNet.Attributes;
using Codec.Quantization;

namespace Codec.Micro;

/// <summary>Times the encoder's trellis search over one block of the model <c>faces-64</c>.</summary>
public class Search
{
    private const float Lambda = 0.2f;

    private ShippedModel _faces = null!;
    private TrellisSearch _search = null!;
    private float[] _magnitudes = [];
    private byte[] _scales = [];
    private short[] _chosen = [];

    [GlobalSetup]
    public void Setup()
    {
        _faces = new ShippedModel("faces-64");
        _search = new TrellisSearch(_faces.Prior, _faces.Dequantizer, new RateTable(_faces.Prior, _faces.Quality));
        int coded = _faces.Prior.Tables.Qualities[_faces.Quality].Coded;
        var random = new Random(2);
        // Magnitudes and scales decrease along the block, as those of principal components do.
        _magnitudes = [.. Enumerable.Range(0, coded).Select(i => 12 * random.NextSingle() / (1 + i / 16f))];
        _scales = [.. Enumerable.Range(0, coded).Select(i => (byte)((_faces.Prior.Tables.Scales - 1) / (1 + i / 16)))];
        _chosen = new short[coded];
    }

    [GlobalCleanup]
    public void Cleanup() => _faces.Dispose();

    [Benchmark]
    public void Run() => _search.Run(_magnitudes, _scales, Lambda, _chosen);
}
