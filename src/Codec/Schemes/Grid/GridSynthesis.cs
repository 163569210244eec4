using Codec.Filtering;
using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>
/// Decodes one image of a grid, block by block in the order of coding: each window is added to the image's lines, and complete lines are
/// filtered and converted to pixels. One instance for each image; not thread-safe.
/// </summary>
internal sealed class GridSynthesis
{
    private readonly WindowGrid _grid;
    private readonly IWindowSynthesis _windows;
    private readonly WindowSum _sum;
    private readonly float[] _scratch;

    /// <summary>Creates the synthesis of one image.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="head">The head, whose windows are the grid's.</param>
    /// <param name="quality">Index of the quality whose tables the filter uses.</param>
    /// <param name="image">[height, width, channels]; overwritten.</param>
    public GridSynthesis(WindowGrid grid, GridHead head, int quality, Memory<byte> image)
    {
        (_grid, _windows) = (grid, head.Windows);
        float[] colours = _windows.Colours;
        _sum = new WindowSum(grid, colours.Length / grid.Window.Channels, CreateSink(grid, head, quality, image));
        _scratch = new float[_windows.ScratchLength];
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

    private static ILineSink CreateSink(WindowGrid grid, GridHead head, int quality, Memory<byte> image)
    {
        float[] colours = head.Windows.Colours;
        if (head.Filter is not { } filter || !filter.Changes(quality))
            return new PixelLines(grid.Width, grid.Window, colours, image);

        float[] filterColours = filter.Tables.Colours;
        var pixels = new PixelLines(grid.Width, grid.Window, filterColours, image);
        var filtered = new FilteredLines(filter, quality, grid.Width, grid.Height, head.Path, pixels);
        // The filter works on planes of its own colours; windows that already have those planes need no conversion.
        int channels = grid.Window.Channels;
        return colours.AsSpan().SequenceEqual(filterColours)
            ? filtered
            : new TurnedLines(grid.Width, Turn(colours, filter.Tables.Planar, channels), channels, filtered);
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
