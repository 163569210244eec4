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
    /// <param name="image">[height, width, channels]; overwritten.</param>
    public GridSynthesis(WindowGrid grid, Synthesis head, byte[] image)
    {
        (_grid, _head) = (grid, head);
        _sum = new WindowSum(grid, head.Separable?.Colours ?? [], image);
        _latents = new float[head.Separable is null ? head.Latents : 0];
        _scratch = new float[head.Separable?.ScratchLength ?? head.WindowLength];
    }

    /// <summary>Adds a block's window.</summary>
    /// <param name="row">The block's row.</param>
    /// <param name="column">Its column.</param>
    /// <param name="places">Which latents of the graph they are.</param>
    /// <param name="latents">As many latents, or fewer; all others are zero.</param>
    public void Add(int row, int column, ReadOnlySpan<ushort> places, ReadOnlySpan<float> latents)
    {
        if (_head.Separable is { } separable)
        {
            separable.Synthesize(places, latents, _scratch, _sum.Window(column), _sum.LineLength, _sum.PlaneLength);
        }
        else
        {
            _latents.AsSpan().Clear();
            for (int k = 0; k < latents.Length; k++) _latents[places[k]] = latents[k];
            _head.RunWindow(_latents, _scratch);
            _sum.Add(column, _scratch);
        }

        if (column == _grid.Columns - 1) _sum.EndRow(row);
    }
}
