using Codec.Images;
using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>An image whose short axes are stretched to whole blocks (<see cref="AxisStretch"/>); the others are padded.</summary>
internal sealed class StretchedImage
{
    private readonly int _width;
    private readonly int _channels;

    // [height of the blocks, channels, width of the blocks], in grey levels.
    private readonly float[] _lines;

    /// <summary>Stretches an image.</summary>
    /// <param name="samples">The image, [height, width, channels].</param>
    /// <param name="grid">Its grid.</param>
    public StretchedImage(ReadOnlySpan<byte> samples, WindowGrid grid)
    {
        (int width, int height) = (grid.Shown.Width, grid.Shown.Height);
        (_width, _channels) = (grid.Columns * grid.Stride, grid.Window.Channels);
        int lineLength = _channels * _width,
            lines = grid.Rows * grid.Stride;
        var extension = new EdgeExtension(samples, grid with { Width = width, Height = height });
        // An axis that is not stretched is padded first.
        int givenWidth = width == grid.Width ? _width : width,
            givenLines = height == grid.Height ? lines : height;
        var padded = new byte[(width + grid.Stride - 1) / grid.Stride * grid.Stride * _channels];
        var across = new float[givenLines * lineLength];
        var planes = new float[_channels * givenWidth];
        for (int y = 0; y < givenLines; y++)
        {
            extension.CopyLine(samples, y, padded);
            for (int i = 0; i < planes.Length; i++)
                planes[i % _channels * givenWidth + i / _channels] = padded[i];
            Span<float> line = across.AsSpan(y * lineLength, lineLength);
            if (givenWidth == _width)
            {
                planes.CopyTo(line);
                continue;
            }

            MatrixView stretch = new(AxisStretch.Matrix(givenWidth, _width), _width, 1);
            MatrixProduct.Compute(new MatrixView(planes, givenWidth, 1), stretch, _channels, givenWidth, _width, line, _width);
        }

        if (givenLines == lines)
        {
            _lines = across;
            return;
        }

        _lines = new float[lines * lineLength];
        MatrixView matrix = new(AxisStretch.Matrix(givenLines, lines), 1, lines);
        MatrixProduct.Compute(matrix, new MatrixView(across, lineLength, 1), lines, givenLines, lineLength, _lines, lineLength);
    }

    /// <summary>Copies a line of the stretched image.</summary>
    /// <param name="y">The line, within the blocks.</param>
    /// <param name="line">[width of the blocks, channels], in grey levels; overwritten.</param>
    public void CopyLine(int y, Span<float> line)
    {
        ReadOnlySpan<float> planes = _lines.AsSpan(y * _channels * _width, _channels * _width);
        for (int i = 0; i < line.Length; i++)
            line[i] = planes[i % _channels * _width + i / _channels];
    }
}
