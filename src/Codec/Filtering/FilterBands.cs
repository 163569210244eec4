using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Codec.Images;
using Codec.Transforms;

namespace Codec.Filtering;

/// <summary>Receives one band of blocks.</summary>
/// <param name="first">The band's first line.</param>
/// <param name="count">Its lines: <see cref="PostFilter.Side"/>, or fewer at the image's end.</param>
internal delegate void BandSink(int first, int count);

/// <summary>
/// Collects an image's lines into bands of blocks, with the pixels around each band that the filter reads. The image is mirrored at its
/// edges. Holds 16 lines in memory. One instance for each image; not thread-safe.
/// </summary>
internal sealed class FilterBands : ILineSink
{
    /// <summary>Lines in memory: those of a band, and those above and below it that taps reach.</summary>
    private const int Held = PostFilter.Side + 2 * PostFilter.Reach;

    private const int Orientations = 4;

    private readonly int _width;
    private readonly int _height;
    private readonly int _planes;
    private readonly int _measured;
    private readonly float _perUnit;
    private readonly BandSink _sink;

    // [planes, held lines, stride]; line 0 is Reach lines above the band.
    private readonly float[] _lines;

    // [orientations, stride]: magnitudes of second differences around the band, summed down each column.
    private readonly float[] _sums;
    private int _band;
    private int _summed;

    /// <summary>Creates the bands of one image.</summary>
    /// <param name="width">Width of the image in pixels.</param>
    /// <param name="height">Height of the image in pixels.</param>
    /// <param name="planes">Number of planes of the image.</param>
    /// <param name="measured">How many of them, from the first, a block's structure is measured on.</param>
    /// <param name="unit">Grey levels that count as an activity of 1.</param>
    /// <param name="sink">Called for every band from the first to the last.</param>
    /// <param name="first">
    /// The first line that is written. Unless it is the image's, bands begin where all the lines that the filter reads are there:
    /// <see cref="FirstOf"/>.
    /// </param>
    public FilterBands(int width, int height, int planes, int measured, float unit, BandSink sink, int first = 0)
    {
        _band = FirstOf(first) / PostFilter.Side;
        (_width, _height, _planes, _measured, _perUnit, _sink) = (width, height, planes, measured, 1 / unit, sink);
        Stride = Columns * PostFilter.Side + 2 * PostFilter.Reach;
        _lines = new float[planes * Held * Stride];
        _sums = new float[Orientations * Stride];
    }

    /// <summary>The first line of the first band, if a line is the first that is written.</summary>
    public static int FirstOf(int line) =>
        line == 0 ? 0 : (line + PostFilter.Reach + PostFilter.Side - 1) / PostFilter.Side * PostFilter.Side;

    /// <summary>Blocks in a band.</summary>
    public int Columns => (_width + PostFilter.Side - 1) / PostFilter.Side;

    /// <summary>Floats from one line to the next.</summary>
    public int Stride { get; }

    /// <summary>A plane around the current band; <see cref="At"/> gives the index of a pixel.</summary>
    public ReadOnlySpan<float> Plane(int plane) => _lines.AsSpan(plane * Held * Stride, Held * Stride);

    /// <summary>The index in <see cref="Plane"/> of a pixel of the current band.</summary>
    /// <param name="line">The line within the band; −Reach to Side + Reach − 1.</param>
    /// <param name="x">The column.</param>
    public int At(int line, int x) => (PostFilter.Reach + line) * Stride + PostFilter.Reach + x;

    /// <inheritdoc/>
    public void Write(int y, ReadOnlySpan<float> planes, int planeLength)
    {
        int line = y - _band * PostFilter.Side;
        if (line < -PostFilter.Reach)
            return;
        for (int plane = 0; plane < _planes; plane++)
        {
            Span<float> held = Line(plane, line);
            planes.Slice(plane * planeLength, _width).CopyTo(held[PostFilter.Reach..]);
            for (int i = 1; i <= PostFilter.Reach; i++)
                held[PostFilter.Reach - i] = held[PostFilter.Reach + EdgeMirror.Reflect(-i, _width)];
            for (int x = _width; x < Stride - PostFilter.Reach; x++)
                held[PostFilter.Reach + x] = held[PostFilter.Reach + EdgeMirror.Reflect(x, _width)];
        }

        if (line == PostFilter.Side + PostFilter.Reach - 1)
            EndBand();
        if (y < _height - 1)
            return;
        while (_band * PostFilter.Side < _height)
            EndBand();
    }

    /// <summary>The structure of a block of the current band.</summary>
    public BlockStructure Structure(int column)
    {
        int from = Math.Max(0, column * PostFilter.Side - PostFilter.Surround);
        int to = Math.Min(_width, (column + 1) * PostFilter.Side + PostFilter.Surround);
        Span<float> means = stackalloc float[Orientations];
        float scale = _perUnit / (_summed * (to - from));
        for (int orientation = 0; orientation < Orientations; orientation++)
        {
            float sum = 0;
            foreach (float value in _sums.AsSpan(orientation * Stride + from, to - from))
                sum += value;
            means[orientation] = sum * scale;
        }

        return BlockStructure.Of(means[0], means[1], means[2], means[3]);
    }

    private Span<float> Line(int plane, int line) => _lines.AsSpan((plane * Held + PostFilter.Reach + line) * Stride, Stride);

    private void EndBand()
    {
        int first = _band * PostFilter.Side,
            count = Math.Min(PostFilter.Side, _height - first);
        for (int plane = 0; plane < _planes; plane++)
        {
            for (int i = 1; _band == 0 && i <= PostFilter.Reach; i++)
                Line(plane, EdgeMirror.Reflect(-i, _height)).CopyTo(Line(plane, -i));
            for (int y = _height; y < first + count + PostFilter.Reach; y++)
                Line(plane, EdgeMirror.Reflect(y, _height) - first).CopyTo(Line(plane, y - first));
        }

        _sums.AsSpan().Clear();
        for (int plane = 0; plane < _measured; plane++)
            Measure(plane, first);
        _sink(first, count);
        _band++;
        for (int plane = 0; plane < _planes; plane++)
        {
            _lines
                .AsSpan((plane * Held + PostFilter.Side) * Stride, (Held - PostFilter.Side) * Stride)
                .CopyTo(_lines.AsSpan(plane * Held * Stride));
        }
    }

    /// <summary>Adds the magnitudes of a plane's second differences down each column around the band, in four directions.</summary>
    private void Measure(int plane, int first)
    {
        int from = Math.Max(-first, -PostFilter.Surround),
            to = Math.Min(_height - first, PostFilter.Side + PostFilter.Surround);
        _summed = to - from;
        ref float sums = ref MemoryMarshal.GetArrayDataReference(_sums);
        for (int line = from; line < to; line++)
        {
            // Whole vectors read one pixel before the first and one after the last; both are in memory, since a line has Reach more pixels
            // at each end.
            ref float pixel = ref Line(plane, line)[PostFilter.Reach];
            ref float above = ref Unsafe.Add(ref pixel, -Stride),
                below = ref Unsafe.Add(ref pixel, Stride);
            for (int x = 0; x < Columns * PostFilter.Side; x += Vector256<float>.Count)
            {
                Vector256<float> twice = 2 * Vector256.LoadUnsafe(ref pixel, (nuint)x);
                Add(
                    ref Unsafe.Add(ref sums, x),
                    twice - Vector256.LoadUnsafe(ref Unsafe.Add(ref pixel, x - 1)) - Vector256.LoadUnsafe(ref Unsafe.Add(ref pixel, x + 1))
                );
                Add(
                    ref Unsafe.Add(ref sums, Stride + x),
                    twice - Vector256.LoadUnsafe(ref above, (nuint)x) - Vector256.LoadUnsafe(ref below, (nuint)x)
                );
                Add(
                    ref Unsafe.Add(ref sums, 2 * Stride + x),
                    twice - Vector256.LoadUnsafe(ref Unsafe.Add(ref above, x - 1)) - Vector256.LoadUnsafe(ref Unsafe.Add(ref below, x + 1))
                );
                Add(
                    ref Unsafe.Add(ref sums, 3 * Stride + x),
                    twice - Vector256.LoadUnsafe(ref Unsafe.Add(ref above, x + 1)) - Vector256.LoadUnsafe(ref Unsafe.Add(ref below, x - 1))
                );
            }
        }

        static void Add(ref float sum, Vector256<float> difference) =>
            (Vector256.LoadUnsafe(ref sum) + Vector256.Abs(difference)).StoreUnsafe(ref sum);
    }
}
