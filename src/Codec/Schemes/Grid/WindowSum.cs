using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>
/// Adds windows up to an image, a plane for each colour, and hands over its lines as they are complete: memory is that of one row of
/// windows. What
/// windows add beyond the blocks is folded back, mirrored at their edge.
/// </summary>
internal sealed class WindowSum
{
    private readonly WindowGrid _grid;
    private readonly int _planes;
    private readonly ILineSink _sink;

    // [planes, window height, mirrored width]: lines from row · stride − margin on.
    private readonly float[] _strip;

    /// <summary>Begins an image.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="planes">Planes of a window.</param>
    /// <param name="sink">Takes the lines.</param>
    public WindowSum(WindowGrid grid, int planes, ILineSink sink)
    {
        (_grid, _planes, _sink) = (grid, planes, sink);
        LineLength = grid.Columns * grid.Stride + 2 * grid.MarginX;
        PlaneLength = LineLength * grid.Window.Height;
        _strip = new float[PlaneLength * _planes];
    }

    /// <summary>Floats from a line to the next.</summary>
    public int LineLength { get; }

    /// <summary>Floats from a plane to the next.</summary>
    public int PlaneLength { get; }

    /// <summary>Where the window of a column begins; what is added to it is added to the image.</summary>
    public Span<float> Window(int column) => _strip.AsSpan(column * _grid.Stride);

    /// <summary>Ends a row of windows: hands over the lines that no later one reaches.</summary>
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
        for (int i = row == 0 ? margin : 0; i < complete && first + i < _grid.Height; i++)
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

    /// <summary>Adds what lies left and right of the blocks to the pixels that mirror it.</summary>
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
