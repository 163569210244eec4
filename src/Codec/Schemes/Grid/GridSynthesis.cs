using Codec.Filtering;
using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>
/// Decodes rows of an image's blocks, block by block in the order of coding: each window is added to the image's lines, and complete lines
/// are filtered and converted to pixels. One instance for each run of rows; not thread-safe, but several may write lines of one image.
/// </summary>
/// <remarks>A line has the same samples whichever instance writes it, because the same floats are added in the same order.</remarks>
internal sealed class GridSynthesis
{
    private readonly WindowGrid _grid;
    private readonly IWindowSynthesis _windows;
    private readonly WindowSum _sum;
    private readonly float[] _scratch;

    /// <summary>Creates the synthesis of an image from a row of blocks on.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="head">The head, whose windows are the grid's.</param>
    /// <param name="quality">Index of the quality whose tables the filter uses.</param>
    /// <param name="image">[height, width, channels]; the lines that follow from the blocks that are added are overwritten.</param>
    /// <param name="firstRow">The first row of blocks.</param>
    public GridSynthesis(WindowGrid grid, GridHead head, int quality, Memory<byte> image, int firstRow = 0)
        : this(grid, head, CreateSink(grid, head, quality, image, WindowSum.FirstLine(grid, firstRow)), firstRow) { }

    /// <summary>Creates the synthesis of an image's planes, as they are before the filter.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="head">The head, whose windows are the grid's.</param>
    /// <param name="sink">Receives the lines.</param>
    /// <param name="firstRow">The first row of blocks.</param>
    public GridSynthesis(WindowGrid grid, GridHead head, ILineSink sink, int firstRow = 0)
    {
        (_grid, _windows) = (grid, head.Windows);
        _sum = new WindowSum(grid, _windows.Colours.Length / grid.Window.Channels, sink, firstRow);
        _scratch = new float[_windows.ScratchLength];
    }

    /// <summary>
    /// Counts the rows of blocks from a border on that must be added to the synthesis of those above, so that it writes every line that
    /// the synthesis from the border on does not write.
    /// </summary>
    /// <param name="grid">The grid.</param>
    /// <param name="head">The head.</param>
    /// <param name="quality">Index of the quality whose tables the filter uses.</param>
    /// <param name="border">The first row of blocks below the border, above 0.</param>
    public static int CountRowsPast(WindowGrid grid, GridHead head, int quality, int border)
    {
        int needed = WindowSum.FirstLine(grid, border);
        if (head.FilterOf(grid, quality) is not null)
            needed = FilterBands.FirstOf(needed) + PostFilter.Reach;
        return (needed + grid.MarginY + grid.Stride - 1) / grid.Stride - border;
    }

    /// <summary>Adds a block's window.</summary>
    /// <param name="row">The block's row.</param>
    /// <param name="column">The block's column.</param>
    /// <param name="places">For each latent of the block, its index among the graph's latents.</param>
    /// <param name="which">Indices of the block's latents that are given, ascending; all others are zero.</param>
    /// <param name="values">Their values, one for each index in <paramref name="which"/>.</param>
    public void Add(int row, int column, ReadOnlySpan<ushort> places, ReadOnlySpan<short> which, ReadOnlySpan<float> values)
    {
        _windows.Add(places, which, values, _scratch, _sum.Window(column), _sum.LineLength, _sum.PlaneLength);
        if (column == _grid.Columns - 1)
            _sum.EndRow(row);
    }

    private static ILineSink CreateSink(WindowGrid grid, GridHead head, int quality, Memory<byte> image, int first)
    {
        float[] colours = head.Windows.Colours;
        if (head.FilterOf(grid, quality) is not { } filter)
            return CreatePixels(grid, colours, image);

        float[] filterColours = filter.Tables.Colours;
        ILineSink pixels = CreatePixels(grid, filterColours, image);
        var filtered = new FilteredLines(filter, quality, grid.Width, grid.Height, head.Path, pixels, first);
        // The filter works on planes of its own colours; windows that already have those planes need no conversion.
        int channels = grid.Window.Channels;
        return colours.AsSpan().SequenceEqual(filterColours)
            ? filtered
            : new TurnedLines(grid.Width, Turn(colours, filter.Tables.Planar, channels), channels, filtered);
    }

    private static ILineSink CreatePixels(WindowGrid grid, float[] colours, Memory<byte> image)
    {
        var pixels = new PixelLines(grid.Shown.Width, grid.Window, colours, image);
        return grid.IsStretched ? new ShrunkLines(grid, colours.Length / grid.Window.Channels, pixels) : pixels;
    }

    /// <summary>
    /// Computes the matrix [output planes, input planes] that converts planes of one set of colours to those that another matrix gives from
    /// channels.
    /// </summary>
    private static float[] Turn(float[] from, float[] to, int channels)
    {
        int given = from.Length / channels,
            wanted = to.Length / channels;
        var turn = new float[given * wanted];
        for (int i = 0; i < turn.Length; i++)
        {
            for (int c = 0; c < channels; c++)
                turn[i] += from[i % given * channels + c] * to[i / given * channels + c];
        }

        return turn;
    }
}
