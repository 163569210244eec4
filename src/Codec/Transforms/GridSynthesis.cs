using Codec.Filtering;

namespace Codec.Transforms;

/// <summary>Decodes one image of a grid, block by block in the order of coding. Scratch inside; not thread-safe.</summary>
internal sealed class GridSynthesis
{
    private readonly WindowGrid _grid;
    private readonly Synthesis _head;
    private readonly WindowSum _sum;
    private readonly float[] _scratch;
    private readonly float[] _latents;

    /// <summary>Begins an image.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="head">The head, whose windows are the grid's.</param>
    /// <param name="quality">Index of the quality that its filter, if it has one, is of.</param>
    /// <param name="image">[height, width, channels]; overwritten.</param>
    public GridSynthesis(WindowGrid grid, Synthesis head, int quality, byte[] image)
    {
        (_grid, _head) = (grid, head);
        int channels = grid.Window.Channels;
        float[] colours = head.Separable?.Colours ?? Identity(channels);
        int planes = colours.Length / channels;
        ILineSink sink;
        if (head.Filter is { } filter)
        {
            sink = new FilteredLines(
                filter,
                quality,
                grid.Width,
                grid.Height,
                head.Path,
                new PixelLines(grid.Width, grid.Window, filter.Tables.Colours, image)
            );
            // Planes that are the filter's own already need no turning.
            if (!colours.AsSpan().SequenceEqual(filter.Tables.Colours))
                sink = new TurnedLines(grid.Width, Turn(colours, filter.Tables.Colours, channels), channels, sink);
        }
        else
        {
            sink = new PixelLines(grid.Width, grid.Window, colours, image);
        }

        _sum = new WindowSum(grid, planes, sink);
        _latents = new float[head.Separable is null ? head.Latents : 0];
        _scratch = new float[head.Separable?.ScratchLength ?? head.WindowLength];
    }

    /// <summary>Adds a block's window.</summary>
    /// <param name="row">The block's row.</param>
    /// <param name="column">Its column.</param>
    /// <param name="places">Which latents of the graph its latents are.</param>
    /// <param name="which">The latents that are given; all others are zero.</param>
    /// <param name="values">What they are.</param>
    public void Add(int row, int column, ReadOnlySpan<ushort> places, ReadOnlySpan<short> which, ReadOnlySpan<float> values)
    {
        if (_head.Separable is { } separable)
        {
            separable.Synthesize(places, which, values, _scratch, _sum.Window(column), _sum.LineLength, _sum.PlaneLength);
        }
        else
        {
            _latents.AsSpan().Clear();
            for (int k = 0; k < which.Length; k++)
                _latents[places[which[k]]] = values[k];
            _head.RunWindow(_latents, _scratch);
            _sum.Add(column, _scratch);
        }

        if (column == _grid.Columns - 1)
            _sum.EndRow(row);
    }

    private static float[] Identity(int size)
    {
        var matrix = new float[size * size];
        for (int i = 0; i < size; i++)
            matrix[i * size + i] = 1;
        return matrix;
    }

    /// <summary>
    /// [planes that go, planes that come]: from planes over some colours to those over others, whose rows are orthonormal.
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
