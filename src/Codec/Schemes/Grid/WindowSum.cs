using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>
/// Sums overlapping windows into the planes of an image, and passes on each line when it is complete, so that only one row of windows is in
/// memory. The parts of windows outside the area of the blocks are mirrored back at its edge. A sum may begin at any row of blocks, and end
/// at any; lines that rows outside would add to are not passed on.
/// </summary>
internal sealed class WindowSum
{
    private readonly WindowGrid _grid;
    private readonly int _planes;
    private readonly ILineSink _sink;
    private readonly int _firstRow;

    // [planes, window height, blocks' width + 2 margins]: line 0 is the image's line row · stride − margin.
    private readonly float[] _strip;

    /// <summary>Creates the sum of one image.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="planes">Number of planes of a window.</param>
    /// <param name="sink">Receives the complete lines.</param>
    /// <param name="firstRow">The first row of blocks.</param>
    public WindowSum(WindowGrid grid, int planes, ILineSink sink, int firstRow)
    {
        (_grid, _planes, _sink, _firstRow) = (grid, planes, sink, firstRow);
        LineLength = grid.Columns * grid.Stride + 2 * grid.MarginX;
        PlaneLength = LineLength * grid.Window.Height;
        _strip = new float[PlaneLength * _planes];
    }

    /// <summary>Floats from one line to the next.</summary>
    public int LineLength { get; }

    /// <summary>Floats from one plane to the next.</summary>
    public int PlaneLength { get; }

    /// <summary>The first complete line of a sum that begins at a row of blocks.</summary>
    public static int FirstLine(WindowGrid grid, int row) => row == 0 ? 0 : row * grid.Stride + grid.MarginY;

    /// <summary>The strip from the first pixel of a column's window; the caller adds the block's window to it.</summary>
    public Span<float> Window(int column) => _strip.AsSpan(column * _grid.Stride);

    /// <summary>Ends a row of windows: passes on the lines that no later window reaches, and moves the remaining lines up.</summary>
    public void EndRow(int row)
    {
        int stride = _grid.Stride,
            margin = _grid.MarginY,
            height = _grid.Window.Height;
        bool last = row == _grid.Rows - 1;
        for (int plane = 0; plane < _planes; plane++)
        {
            for (int i = 0; row == 0 && i < margin; i++)
                Lines.Add(Line(plane, margin + i), Line(plane, margin - 1 - i));
            for (int i = 0; last && i < margin; i++)
                Lines.Add(Line(plane, height - margin - 1 - i), Line(plane, height - margin + i));
        }

        int first = row * stride - margin,
            complete = last ? height - margin : stride;
        for (int i = row == _firstRow ? FirstLine(_grid, row) - first : 0; i < complete && first + i < _grid.Height; i++)
        {
            for (int plane = 0; plane < _planes; plane++)
                Fold(Line(plane, i));
            _sink.Write(first + i, _strip.AsSpan(i * LineLength + _grid.MarginX), PlaneLength);
        }

        for (int plane = 0; plane < _planes; plane++)
        {
            Span<float> strip = _strip.AsSpan(plane * PlaneLength, PlaneLength);
            strip[(stride * LineLength)..].CopyTo(strip);
            strip[((height - stride) * LineLength)..].Clear();
        }
    }

    private Span<float> Line(int plane, int index) => _strip.AsSpan(plane * PlaneLength + index * LineLength, LineLength);

    /// <summary>Adds the margins left and right of the blocks to the pixels that they mirror.</summary>
    private void Fold(Span<float> line)
    {
        int margin = _grid.MarginX,
            end = line.Length - margin;
        for (int i = 0; i < margin; i++)
        {
            line[margin + i] += line[margin - 1 - i];
            line[end - 1 - i] += line[end + i];
        }
    }
}
