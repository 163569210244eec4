using Codec.Images;
using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>
/// Shrinks the lines of an image whose axes were stretched to the image's own size. If its height was stretched, all lines are passed on
/// after the last is written. One instance for each image; not thread-safe.
/// </summary>
internal sealed class ShrunkLines : ILineSink
{
    private readonly WindowGrid _grid;
    private readonly int _planes;
    private readonly ILineSink _next;

    // [lines, planes, width]: all lines if the height was stretched, otherwise one.
    private readonly float[] _lines;

    /// <summary>Creates the shrinking of one image.</summary>
    /// <param name="grid">The image's grid, whose axes were stretched.</param>
    /// <param name="planes">Planes of each line.</param>
    /// <param name="next">Receives the image's own lines.</param>
    public ShrunkLines(WindowGrid grid, int planes, ILineSink next)
    {
        (_grid, _planes, _next) = (grid, planes, next);
        _lines = new float[(IsTall(grid) ? grid.Height : 1) * planes * grid.Shown.Width];
    }

    /// <summary>Bytes of the lines in memory; 0 for an image that is not stretched.</summary>
    public static long Measure(WindowGrid grid, int planes) =>
        !grid.IsStretched ? 0 : (IsTall(grid) ? grid.Height + grid.Shown.Height : 1L) * planes * grid.Shown.Width * sizeof(float);

    /// <inheritdoc/>
    public void Write(int y, ReadOnlySpan<float> planes, int planeLength)
    {
        int width = _grid.Shown.Width,
            line = _planes * width;
        bool isTall = IsTall(_grid);
        Span<float> own = _lines.AsSpan(isTall ? y * line : 0, line);
        if (width == _grid.Width)
        {
            for (int plane = 0; plane < _planes; plane++)
                planes.Slice(plane * planeLength, width).CopyTo(own[(plane * width)..]);
        }
        else
        {
            MatrixView matrix = new(AxisStretch.Matrix(_grid.Width, width), width, 1);
            MatrixProduct.Compute(new MatrixView(planes, planeLength, 1), matrix, _planes, _grid.Width, width, own, width);
        }

        if (!isTall)
            _next.Write(y, own, width);
        else if (y == _grid.Height - 1)
            WriteAll(line);
    }

    private static bool IsTall(WindowGrid grid) => grid.Height != grid.Shown.Height;

    private void WriteAll(int line)
    {
        int height = _grid.Shown.Height;
        var image = new float[height * line];
        MatrixView matrix = new(AxisStretch.Matrix(_grid.Height, height), 1, height);
        MatrixProduct.Compute(matrix, new MatrixView(_lines, line, 1), height, _grid.Height, line, image, line);
        for (int y = 0; y < height; y++)
            _next.Write(y, image.AsSpan(y * line, line), _grid.Shown.Width);
    }
}
