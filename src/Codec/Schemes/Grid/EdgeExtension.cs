namespace Codec.Schemes.Grid;

/// <summary>
/// Pads an image to whole blocks, below and to the right. No decoder shows these pixels, so they are chosen to take few bits: each padded
/// line repeats the previous one, smoothed along the edge.
/// </summary>
internal sealed class EdgeExtension
{
    private readonly WindowGrid _grid;
    private readonly byte[] _below; // [lines beyond the image, width, channels]
    private readonly byte[] _right; // [all lines, columns beyond the image, channels]

    /// <summary>Computes the extension of an image.</summary>
    /// <param name="samples">The image, [height, width, channels].</param>
    /// <param name="grid">Its grid.</param>
    public EdgeExtension(ReadOnlySpan<byte> samples, WindowGrid grid)
    {
        _grid = grid;
        int channels = grid.Window.Channels,
            line = grid.Width * channels,
            height = grid.Rows * grid.Stride,
            columns = grid.Columns * grid.Stride - grid.Width;
        _below = new byte[(height - grid.Height) * line];
        ReadOnlySpan<byte> last = samples.Slice((grid.Height - 1) * line, line);
        for (int at = 0; at < _below.Length; at += line)
        {
            Smooth(last, _below.AsSpan(at, line), channels);
            last = _below.AsSpan(at, line);
        }

        _right = new byte[height * columns * channels];
        if (columns == 0)
            return;
        byte[] column = new byte[height * channels],
            next = new byte[height * channels];
        for (int y = 0; y < height; y++)
            Own(samples, y)[(line - channels)..].CopyTo(column.AsSpan(y * channels));
        for (int x = 0; x < columns; x++)
        {
            Smooth(column, next, channels);
            for (int y = 0; y < height; y++)
                next.AsSpan(y * channels, channels).CopyTo(_right.AsSpan((y * columns + x) * channels));
            (column, next) = (next, column);
        }
    }

    /// <summary>Copies a line of the extended image.</summary>
    /// <param name="samples">The image.</param>
    /// <param name="y">The line, within the blocks.</param>
    /// <param name="line">As many pixels as the blocks are wide; overwritten.</param>
    public void CopyLine(ReadOnlySpan<byte> samples, int y, Span<byte> line)
    {
        ReadOnlySpan<byte> own = Own(samples, y);
        own.CopyTo(line);
        int beyond = line.Length - own.Length;
        _right.AsSpan(y * beyond, beyond).CopyTo(line[own.Length..]);
    }

    private ReadOnlySpan<byte> Own(ReadOnlySpan<byte> samples, int y)
    {
        int line = _grid.Width * _grid.Window.Channels;
        return y < _grid.Height ? samples.Slice(y * line, line) : _below.AsSpan((y - _grid.Height) * line, line);
    }

    /// <summary>Averages each pixel with its two neighbours: weights ¼, ½, ¼.</summary>
    private static void Smooth(ReadOnlySpan<byte> pixels, Span<byte> smoothed, int channels)
    {
        for (int i = 0; i < pixels.Length; i++)
        {
            int before = pixels[i < channels ? i : i - channels],
                after = pixels[i + channels < pixels.Length ? i + channels : i];
            smoothed[i] = (byte)((before + 2 * pixels[i] + after + 2) >> 2);
        }
    }
}
