using BenchmarkDotNet.Attributes;
using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Schemes.Grid;

namespace Codec.Micro;

/// <summary>
/// Times the decoding of an image with the model <c>photos</c>: contexts and range decoder alone, then with synthesis and post-filter.
/// </summary>
public class GridDecoding
{
    private const int Side = 256;

    private ShippedModel _photos = null!;
    private byte[] _code = [];
    private int _header;
    private WindowGrid _grid = null!;

    [GlobalSetup]
    public void Setup()
    {
        _photos = new ShippedModel("photos");
        _code = _photos.Model.Encode(ShippedModel.Image(Side, Side), Side, Side, _photos.Quality);
        SizeHeader.Read(_code, out _header);
        ModelManifest manifest = _photos.Model.Manifest;
        _grid = new WindowGrid(Side, Side, manifest.Grid!.Stride, manifest.Input);
    }

    [GlobalCleanup]
    public void Cleanup() => _photos.Dispose();

    [Benchmark]
    public int Symbols() =>
        GridCoder.Decode(
            new GridContext(_photos.Prior, _photos.Quality, _grid.Columns),
            new RowRange(0, _grid.Rows),
            _code.AsSpan(_header),
            static (in _) => { }
        );

    [Benchmark]
    public Raster Pixels() => _photos.Model.Decode(_code, _photos.Quality);
}
