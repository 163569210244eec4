using BenchmarkDotNet.Attributes;
using Codec.Filtering;
using Codec.Models;
using Codec.Simd;
using Codec.Transforms;

namespace Codec.Micro;

/// <summary>Times the post-filter of the model <c>photos</c> over an image's lines.</summary>
public class Filtering
{
    private const int Side = 256;

    private ShippedModel _photos = null!;
    private PostFilter _filter = null!;
    private float[] _planes = [];

    [GlobalSetup]
    public void Setup()
    {
        _photos = new ShippedModel("photos");
        HeadEntry head = _photos.Model.Manifest.GetHead(ModelManifest.ImageHead);
        _filter = PostFilter.Parse(_photos.Require(head.Filter!).Span);
        byte[] image = ShippedModel.Image(Side, Side);
        _planes = [.. Enumerable.Range(0, 3).SelectMany(c => Enumerable.Range(0, Side * Side).Select(i => (float)image[3 * i + c]))];
    }

    [GlobalCleanup]
    public void Cleanup() => _photos.Dispose();

    [Benchmark]
    public void Lines()
    {
        var lines = new FilteredLines(_filter, _photos.Quality, Side, Side, SimdPaths.Selected, new Discarded());
        for (int y = 0; y < Side; y++)
            lines.Write(y, _planes.AsSpan(y * Side), Side * Side);
    }

    private sealed class Discarded : ILineSink
    {
        public void Write(int y, ReadOnlySpan<float> planes, int planeLength) { }
    }
}
