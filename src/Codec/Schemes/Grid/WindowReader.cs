using Codec.Images;
using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>Cuts an image into the windows that an encoder's graph takes. Holds scratch; not thread-safe.</summary>
internal sealed class WindowReader
{
    private readonly WindowGrid _grid;
    private readonly PixelScaling _scaling;
    private readonly int[] _x;
    private readonly int[] _y;
    private readonly byte[] _pixels; // [width of the blocks, channels]
    private readonly float[] _line; // [width of the blocks and both margins, channels]
    private EdgeExtension? _extension;
    private StretchedImage? _stretched;

    public WindowReader(WindowGrid grid, PixelScaling scaling)
    {
        (_grid, _scaling) = (grid, scaling);
        _x = WindowGrid.Mirror(grid.Columns, grid.Stride, grid.MarginX);
        _y = WindowGrid.Mirror(grid.Rows, grid.Stride, grid.MarginY);
        _pixels = new byte[grid.Columns * grid.Stride * grid.Window.Channels];
        _line = new float[_x.Length * grid.Window.Channels];
    }

    /// <summary>Reads the windows of one row of blocks, scaled to the graph's floats.</summary>
    /// <param name="samples">The image, [height, width, channels]: the same in every call.</param>
    /// <param name="row">The row of blocks.</param>
    /// <param name="windows">[columns, window height, window width, channels]; overwritten.</param>
    public void Read(ReadOnlySpan<byte> samples, int row, Span<float> windows)
    {
        ImageGeometry window = _grid.Window;
        int across = window.Width * window.Channels;
        for (int y = 0; y < window.Height; y++)
        {
            ReadLine(samples, _y[row * _grid.Stride + y]);
            for (int column = 0; column < _grid.Columns; column++)
            {
                _line
                    .AsSpan(column * _grid.Stride * window.Channels, across)
                    .CopyTo(windows.Slice((column * window.Height + y) * across, across));
            }
        }
    }

    /// <summary>Reads a line of the padded or stretched image to <see cref="_line"/>, mirrored at the blocks' edges.</summary>
    private void ReadLine(ReadOnlySpan<byte> samples, int y)
    {
        int channels = _grid.Window.Channels,
            margin = _grid.MarginX,
            width = _grid.Columns * _grid.Stride;
        Span<float> inside = _line.AsSpan(margin * channels, width * channels);
        if (_grid.IsStretched)
        {
            _stretched ??= new StretchedImage(samples, _grid);
            _stretched.CopyLine(y, inside);
            _scaling.Scale(inside);
        }
        else
        {
            _extension ??= new EdgeExtension(samples, _grid);
            _extension.CopyLine(samples, y, _pixels);
            _scaling.ToFloats(_pixels, inside);
        }

        for (int i = 0; i < margin; i++)
        {
            CopyPixel(inside, i);
            CopyPixel(inside, margin + width + i);
        }

        void CopyPixel(ReadOnlySpan<float> source, int i) => source.Slice(_x[i] * channels, channels).CopyTo(_line.AsSpan(i * channels));
    }
}
