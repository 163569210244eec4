using System.Runtime.Intrinsics;

namespace Codec.Transforms;

/// <summary>
/// Adds windows up to an image, and hands over its lines as they are complete: memory is that of one row of windows. What windows
/// add beyond the blocks is folded back, mirrored at their edge.
/// </summary>
internal sealed class WindowSum
{
    private readonly WindowGrid _grid;
    private readonly byte[] _image;
    private readonly float _origin;
    private readonly int _lineLength;

    // [window height, mirrored width, channels]: lines from row · stride − margin on.
    private readonly float[] _strip;

    /// <summary>Begins an image.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="image">[height, width, channels]; overwritten.</param>
    public WindowSum(WindowGrid grid, byte[] image)
    {
        (_grid, _image) = (grid, image);
        _origin = (float)(0.5 - grid.Window.Offset / (double)grid.Window.Scale);
        _lineLength = (grid.Columns * grid.Stride + 2 * grid.MarginX) * grid.Window.Channels;
        _strip = new float[_lineLength * grid.Window.Height];
    }

    /// <summary>Adds a window; windows come row by row.</summary>
    /// <param name="row">The block's row.</param>
    /// <param name="column">Its column.</param>
    /// <param name="greys">[window height, window width, channels], in grey levels.</param>
    public void Add(int row, int column, ReadOnlySpan<float> greys)
    {
        ImageGeometry window = _grid.Window;
        int across = window.Width * window.Channels, start = column * _grid.Stride * window.Channels;
        for (int y = 0; y < window.Height; y++)
            Add(_strip.AsSpan(y * _lineLength + start, across), greys.Slice(y * across, across));
        if (column == _grid.Columns - 1) EndRow(row);
    }

    private void EndRow(int row)
    {
        int stride = _grid.Stride, margin = _grid.MarginY, height = _grid.Window.Height;
        bool last = row == _grid.Rows - 1;
        if (row == 0)
        {
            for (int i = 0; i < margin; i++) Add(Line(margin + i), Line(margin - 1 - i));
        }

        if (last)
        {
            for (int i = 0; i < margin; i++) Add(Line(height - margin - 1 - i), Line(height - margin + i));
        }

        int complete = last ? height - margin : stride;
        for (int i = row == 0 ? margin : 0; i < complete; i++) Write(row * stride - margin + i, Line(i));
        _strip.AsSpan(stride * _lineLength).CopyTo(_strip);
        _strip.AsSpan((height - stride) * _lineLength).Clear();
    }

    private void Write(int y, Span<float> line)
    {
        if (y >= _grid.Height) return;
        int channels = _grid.Window.Channels, margin = _grid.MarginX, end = line.Length - margin * channels;
        for (int i = 0; i < margin; i++)
        {
            for (int c = 0; c < channels; c++)
            {
                line[(margin + i) * channels + c] += line[(margin - 1 - i) * channels + c];
                line[end - (1 + i) * channels + c] += line[end + i * channels + c];
            }
        }

        Span<float> visible = line.Slice(margin * channels, _grid.Width * channels);
        for (int i = 0; i < visible.Length; i++) visible[i] += _origin;
        PixelScaling.Truncate(visible, _image.AsSpan(y * visible.Length, visible.Length));
    }

    private Span<float> Line(int index) => _strip.AsSpan(index * _lineLength, _lineLength);

    private static void Add(Span<float> sums, ReadOnlySpan<float> terms)
    {
        int i = 0;
        // Each sum is one addition on every path, so all round alike.
        for (; i <= terms.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            (Vector256.Create<float>(sums[i..]) + Vector256.Create(terms[i..])).CopyTo(sums[i..]);
        for (; i < terms.Length; i++) sums[i] += terms[i];
    }
}
