using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Quantization;
using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>
/// Codes images of any size as a grid of lapped blocks: a code is the image's size, then its blocks (docs/format.md, Grid).
/// </summary>
internal sealed partial class GridScheme : IScheme
{
    private const byte PaletteMark = 0;

    private readonly ModelManifest _manifest;
    private readonly GridEntry _grid;
    private readonly GridRule _rule;
    private readonly Prior _prior;
    private readonly Dequantizer[] _dequantizers;
    private readonly HeadSet<GridHead> _heads;
    private readonly int _threads;

    // [qualities], each computed when the first image is encoded with it.
    private readonly Lazy<GridRates>[] _rates;

    /// <summary>Loads the heads.</summary>
    /// <param name="package">The package; borrowed for the call only.</param>
    /// <param name="grid">The manifest's grid.</param>
    /// <param name="prior">The package's prior, which has a grid.</param>
    /// <param name="encoder">The package's encoder; owned by the scheme.</param>
    /// <param name="graphs">Loads the heads' graphs.</param>
    /// <param name="threads">Most threads that decode one image.</param>
    public GridScheme(ModelPackage package, GridEntry grid, Prior prior, ModelEncoder encoder, GraphLoader graphs, int threads)
    {
        (_manifest, _grid, _prior, Encoder, _threads) = (package.Manifest, grid, prior, encoder, threads);
        _rule = prior.Tables.Grid!;
        _dequantizers = [.. _manifest.Qualities.Select((entry, quality) => new Dequantizer(prior, quality, entry))];
        _rates = [.. _manifest.Qualities.Select((_, quality) => new Lazy<GridRates>(() => new GridRates(prior, quality)))];
        _heads = new HeadSet<GridHead>(package, (graph, head) => GridHead.Load(graphs, package, graph, head));
    }

    /// <inheritdoc/>
    public ModelEncoder Encoder { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Heads => _heads.Names;

    /// <inheritdoc/>
    public bool IsFixedSize => false;

    /// <summary>False: the windows of one image already fill the graph's batches.</summary>
    public bool Batches => false;

    /// <inheritdoc/>
    public string TakenSizes => $"1×1 to {ModelLimits.MaxImageSide}×{ModelLimits.MaxImageSide}";

    /// <inheritdoc/>
    public bool Takes(ImageSize size) =>
        size is { Width: >= 1 and <= ModelLimits.MaxImageSide, Height: >= 1 and <= ModelLimits.MaxImageSide };

    /// <inheritdoc/>
    public int ChannelsOf(string head) => _manifest.GetHead(head).Output.Channels;

    /// <inheritdoc/>
    public ImageSize ReadSize(ReadOnlySpan<byte> bytes, string head)
    {
        _ = _manifest.GetHead(head);
        return ReadHeader(bytes, out _, out _);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Encoder.Dispose();
        _heads.Dispose();
    }

    /// <summary>
    /// Reads what precedes a code's payload: in a palette code, a zero, which no width begins with; then the image's size.
    /// </summary>
    private ImageSize ReadHeader(ReadOnlySpan<byte> bytes, out bool isPalette, out int length)
    {
        isPalette = _grid.Palette && bytes is [PaletteMark, ..];
        int mark = isPalette ? 1 : 0;
        ImageSize size = SizeHeader.Read(bytes[mark..], out length);
        length += mark;
        return size;
    }

    private WindowGrid GridOf(ImageSize size) => WindowGrid.Of(size, _grid, _manifest.Input);
}
