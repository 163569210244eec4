using System.Runtime.Intrinsics;

namespace Codec.Transforms;

/// <summary>
/// Adds windows up to an image, and hands over its lines as they are complete: memory is that of one row of windows. What windows
/// add beyond the blocks is folded back, mirrored at their edge.
/// </summary>
/// <remarks>Sums are of channels, interleaved, in one plane; or of colours, a plane each, which are turned to channels once a pixel.</remarks>
internal sealed class WindowSum
{
    private readonly WindowGrid _grid;
    private readonly byte[] _image;
    private readonly float[] _colours;
    private readonly int _planes;
    private readonly int _perPixel;
    private readonly float _origin;

    // [planes, window height, mirrored width, samples of a pixel]: lines from row · stride − margin on.
    private readonly float[] _strip;
    private readonly float[] _turned;
    private readonly byte[] _plain;

    /// <summary>Begins an image.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="colours">[planes, channels]: what a unit of each plane adds to a pixel; empty where windows hold channels.</param>
    /// <param name="image">[height, width, channels]; overwritten.</param>
    public WindowSum(WindowGrid grid, float[] colours, byte[] image)
    {
        int channels = grid.Window.Channels;
        (_grid, _colours, _image) = (grid, colours, image);
        (_planes, _perPixel) = colours.Length == 0 ? (1, channels) : (colours.Length / channels, 1);
        _origin = (float)(0.5 - grid.Window.Offset / (double)grid.Window.Scale);
        LineLength = (grid.Columns * grid.Stride + 2 * grid.MarginX) * _perPixel;
        PlaneLength = LineLength * grid.Window.Height;
        _strip = new float[PlaneLength * _planes];
        _turned = new float[grid.Width];
        _plain = new byte[grid.Width * channels];
    }

    /// <summary>Floats from a line to the next.</summary>
    public int LineLength { get; }

    /// <summary>Floats from a plane to the next.</summary>
    public int PlaneLength { get; }

    /// <summary>Where the window of a column begins; what is added to it is added to the image.</summary>
    public Span<float> Window(int column) => _strip.AsSpan(column * _grid.Stride * _perPixel);

    /// <summary>Adds a window of channels.</summary>
    /// <param name="column">The block's column.</param>
    /// <param name="greys">[window height, window width, channels], in grey levels.</param>
    public void Add(int column, ReadOnlySpan<float> greys)
    {
        int across = _grid.Window.Width * _perPixel;
        for (int y = 0; y < _grid.Window.Height; y++) Add(Window(column).Slice(y * LineLength, across), greys.Slice(y * across, across));
    }

    /// <summary>Ends a row of windows: writes the lines that no later one reaches.</summary>
    public void EndRow(int row)
    {
        int stride = _grid.Stride, margin = _grid.MarginY, height = _grid.Window.Height;
        bool last = row == _grid.Rows - 1;
        for (int plane = 0; plane < _planes; plane++)
        {
            for (int i = 0; row == 0 && i < margin; i++) Add(Line(plane, margin + i), Line(plane, margin - 1 - i));
            for (int i = 0; last && i < margin; i++) Add(Line(plane, height - margin - 1 - i), Line(plane, height - margin + i));
        }

        int first = row * stride - margin, complete = last ? height - margin : stride;
        for (int i = row == 0 ? margin : 0; i < complete && first + i < _grid.Height; i++) Write(first + i, i);
        for (int plane = 0; plane < _planes; plane++)
        {
            Span<float> strip = _strip.AsSpan(plane * PlaneLength, PlaneLength);
            strip[(stride * LineLength)..].CopyTo(strip);
            strip[((height - stride) * LineLength)..].Clear();
        }
    }

    private void Write(int y, int index)
    {
        int channels = _grid.Window.Channels;
        Span<byte> target = _image.AsSpan(y * _grid.Width * channels, _grid.Width * channels);
        for (int plane = 0; plane < _planes; plane++) Fold(Line(plane, index));
        if (_colours.Length == 0)
        {
            Span<float> visible = Visible(0, index);
            for (int i = 0; i < visible.Length; i++) visible[i] += _origin;
            PixelScaling.Truncate(visible, target);
            return;
        }

        for (int channel = 0; channel < channels; channel++)
        {
            _turned.AsSpan().Fill(_origin);
            for (int plane = 0; plane < _planes; plane++) AddScaled(_turned, Visible(plane, index), _colours[plane * channels + channel]);
            PixelScaling.Truncate(_turned, _plain.AsSpan(channel * _grid.Width, _grid.Width));
        }

        Interleave(_plain, target, channels);
    }

    private Span<float> Line(int plane, int index) => _strip.AsSpan(plane * PlaneLength + index * LineLength, LineLength);

    private Span<float> Visible(int plane, int index) => Line(plane, index).Slice(_grid.MarginX * _perPixel, _grid.Width * _perPixel);

    /// <summary>Adds what lies left and right of the blocks to the pixels that mirror it.</summary>
    private void Fold(Span<float> line)
    {
        int margin = _grid.MarginX, end = line.Length - margin * _perPixel;
        for (int i = 0; i < margin; i++)
        {
            for (int c = 0; c < _perPixel; c++)
            {
                line[(margin + i) * _perPixel + c] += line[(margin - 1 - i) * _perPixel + c];
                line[end - (1 + i) * _perPixel + c] += line[end + i * _perPixel + c];
            }
        }
    }

    private static void Interleave(ReadOnlySpan<byte> planes, Span<byte> pixels, int channels)
    {
        int width = planes.Length / channels, x = 0;
        if (channels == 3 && Vector128.IsHardwareAccelerated)
        {
            for (; x <= width - Vector128<byte>.Count; x += Vector128<byte>.Count)
                Interleave(Vector128.Create(planes[x..]), Vector128.Create(planes[(width + x)..]), Vector128.Create(planes[(2 * width + x)..]), pixels[(3 * x)..]);
        }

        for (; x < width; x++)
        {
            for (int channel = 0; channel < channels; channel++) pixels[x * channels + channel] = planes[channel * width + x];
        }
    }

    // Byte n of the 48 is pixel n / 3's channel n % 3; an index of 255 gives 0.
    private static void Interleave(Vector128<byte> red, Vector128<byte> green, Vector128<byte> blue, Span<byte> pixels)
    {
        const byte o = 255;
        (Vector128.Shuffle(red, Vector128.Create(0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o, o, 5))
            | Vector128.Shuffle(green, Vector128.Create(o, 0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o, o))
            | Vector128.Shuffle(blue, Vector128.Create(o, o, 0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o))).CopyTo(pixels);
        (Vector128.Shuffle(red, Vector128.Create(o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o, 10, o))
            | Vector128.Shuffle(green, Vector128.Create(5, o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o, 10))
            | Vector128.Shuffle(blue, Vector128.Create(o, 5, o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o))).CopyTo(pixels[16..]);
        (Vector128.Shuffle(red, Vector128.Create(o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15, o, o))
            | Vector128.Shuffle(green, Vector128.Create(o, o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15, o))
            | Vector128.Shuffle(blue, Vector128.Create(10, o, o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15))).CopyTo(pixels[32..]);
    }

    // Each sum is one addition, or one product and one addition, on every path, so all round alike.
    private static void Add(Span<float> sums, ReadOnlySpan<float> terms)
    {
        int i = 0;
        for (; i <= terms.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            (Vector256.Create<float>(sums[i..]) + Vector256.Create(terms[i..])).CopyTo(sums[i..]);
        for (; i < terms.Length; i++) sums[i] += terms[i];
    }

    private static void AddScaled(Span<float> sums, ReadOnlySpan<float> terms, float factor)
    {
        int i = 0;
        var scale = Vector256.Create(factor);
        for (; i <= terms.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            SparseSum.MultiplyAdd(scale, Vector256.Create(terms[i..]), Vector256.Create<float>(sums[i..])).CopyTo(sums[i..]);
        for (; i < terms.Length; i++) sums[i] = SparseSum.MultiplyAdd(factor, terms[i], sums[i]);
    }
}
