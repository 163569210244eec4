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
    private readonly float _leastContrast;
    private readonly BandSink _sink;

    // [planes, held lines, stride]; line 0 is Reach lines above the band.
    private readonly float[] _lines;

    // [orientations, stride]: magnitudes of second differences around the band, summed down each column.
    private readonly float[] _sums;

    // [stride / 8]: the lowest and the highest value of the first plane around the band, in columns 8 · i − Reach to 8 · i + Reach − 1.
    private readonly float[] _lows;
    private readonly float[] _highs;
    private int _band;
    private int _summed;

    /// <summary>Creates the bands of one image.</summary>
    /// <param name="width">Width of the image in pixels.</param>
    /// <param name="height">Height of the image in pixels.</param>
    /// <param name="planes">Number of planes of the image.</param>
    /// <param name="measured">How many of them, from the first, a block's structure is measured on.</param>
    /// <param name="unit">Grey levels that count as an activity of 1.</param>
    /// <param name="leastContrast">The least contrast of the blocks that are filtered; 0 for all blocks.</param>
    /// <param name="sink">Called for every band from the first to the last.</param>
    /// <param name="first">
    /// The first line that is written. Unless it is the image's, bands begin where all the lines that the filter reads are there:
    /// <see cref="FirstOf"/>.
    /// </param>
    public FilterBands(int width, int height, int planes, int measured, float unit, float leastContrast, BandSink sink, int first = 0)
    {
        _band = FirstOf(first) / PostFilter.Side;
        (_width, _height, _planes, _measured, _sink) = (width, height, planes, measured, sink);
        (_perUnit, _leastContrast) = (1 / unit, leastContrast);
        Stride = Columns * PostFilter.Side + 2 * PostFilter.Reach;
        _lines = new float[planes * Held * Stride];
        _sums = new float[Orientations * Stride];
        _lows = new float[Stride / PostFilter.Side];
        _highs = new float[_lows.Length];
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

    /// <summary>Whether all blocks are filtered.</summary>
    public bool FiltersAll => _leastContrast == 0;

    /// <summary>Whether a block of the current band is filtered.</summary>
    public bool Filters(int column) =>
        FiltersAll || Math.Max(_highs[column], _highs[column + 1]) - Math.Min(_lows[column], _lows[column + 1]) >= _leastContrast;

    /// <summary>The structure of a block of the current band that is filtered.</summary>
    public BlockStructure Structure(int column)
    {
        int from = Math.Max(0, column * PostFilter.Side - PostFilter.Surround);
        int to = Math.Min(_width, (column + 1) * PostFilter.Side + PostFilter.Surround);
        // In one loop: the processor adds the four independent sums at the same time.
        float across = 0,
            down = 0,
            falling = 0,
            rising = 0;
        ReadOnlySpan<float> sums = _sums;
        for (int x = from; x < to; x++)
        {
            across += sums[x];
            down += sums[Stride + x];
            falling += sums[2 * Stride + x];
            rising += sums[3 * Stride + x];
        }

        float scale = _perUnit / (_summed * (to - from));
        return BlockStructure.Of(across * scale, down * scale, falling * scale, rising * scale);
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

        if (!FiltersAll)
            FindRanges(first);
        MeasureFiltered(first);
        _sink(first, count);
        _band++;
        for (int plane = 0; plane < _planes; plane++)
        {
            _lines
                .AsSpan((plane * Held + PostFilter.Side) * Stride, (Held - PostFilter.Side) * Stride)
                .CopyTo(_lines.AsSpan(plane * Held * Stride));
        }
    }

    /// <summary>Finds the range of the first plane's values around the band.</summary>
    private void FindRanges(int first)
    {
        int from = Math.Max(-first, -PostFilter.Reach),
            to = Math.Min(_height - first, PostFilter.Side + PostFilter.Reach);
        ref float pixels = ref MemoryMarshal.GetReference(Line(0, from));
        Vector256<float> lanes = Vector256.Create(0f, 1, 2, 3, 4, 5, 6, 7);
        for (int i = 0; i < _lows.Length; i++)
        {
            int x = i * PostFilter.Side;
            var low = Vector256.LoadUnsafe(ref pixels, (nuint)x);
            Vector256<float> high = low;
            for (int line = 1; line < to - from; line++)
            {
                var values = Vector256.LoadUnsafe(ref pixels, (nuint)(line * Stride + x));
                (low, high) = (Vector256.MinNative(low, values), Vector256.MaxNative(high, values));
            }

            // Skip columns after the image's last: they mirror pixels that may be further than Reach away. Columns before the first mirror
            // columns of the same group.
            Vector256<float> counts = Vector256.LessThan(lanes, Vector256.Create((float)(_width + PostFilter.Reach - x)));
            _lows[i] = Least(Vector256.ConditionalSelect(counts, low, Vector256.Create(float.PositiveInfinity)));
            _highs[i] = -Least(Vector256.ConditionalSelect(counts, -high, Vector256.Create(float.PositiveInfinity)));
        }

        static float Least(Vector256<float> values)
        {
            Vector128<float> four = Vector128.MinNative(values.GetLower(), values.GetUpper());
            Vector128<float> two = Vector128.MinNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
            return Vector128.MinNative(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
        }
    }

    /// <summary>Measures around the blocks that are filtered, in runs of neighbours.</summary>
    private void MeasureFiltered(int first)
    {
        for (int column = 0; column < Columns; column++)
        {
            int begin = column;
            while (column < Columns && Filters(column))
                column++;
            if (column > begin)
                Measure(first, begin, column);
        }
    }

    /// <summary>
    /// Sums the magnitudes of second differences down each column around blocks of the band, in four directions, over the measured planes.
    /// </summary>
    private void Measure(int first, int begin, int end)
    {
        int from = Math.Max(-first, -PostFilter.Surround),
            to = Math.Min(_height - first, PostFilter.Side + PostFilter.Surround),
            left = Math.Max(0, begin * PostFilter.Side - PostFilter.Surround),
            right = Math.Min(Columns * PostFilter.Side, end * PostFilter.Side + PostFilter.Surround);
        _summed = to - from;
        ref float sums = ref MemoryMarshal.GetArrayDataReference(_sums);
        for (int x = left; x < right; x += Vector256<float>.Count)
        {
            // A whole vector reads and writes up to 7 columns after the last measured one, and reads one column more. These may lie in the
            // next line, which is in memory, because the last held lines are never measured. Their sums are unused.
            Vector256<float> across = default,
                down = default,
                falling = default,
                rising = default;
            for (int plane = 0; plane < _measured; plane++)
            {
                ref float pixel = ref Unsafe.Add(ref MemoryMarshal.GetReference(Line(plane, from)), PostFilter.Reach + x);
                Neighbours above = new(ref Unsafe.Add(ref pixel, -Stride)),
                    here = new(ref pixel);
                for (int line = from; line < to; line++)
                {
                    pixel = ref Unsafe.Add(ref pixel, Stride);
                    Neighbours below = new(ref pixel);
                    Vector256<float> twice = 2 * here.Middle;
                    across += Vector256.Abs(twice - here.Left - here.Right);
                    down += Vector256.Abs(twice - above.Middle - below.Middle);
                    falling += Vector256.Abs(twice - above.Left - below.Right);
                    rising += Vector256.Abs(twice - above.Right - below.Left);
                    (above, here) = (here, below);
                }
            }

            across.StoreUnsafe(ref sums, (nuint)x);
            down.StoreUnsafe(ref sums, (nuint)(Stride + x));
            falling.StoreUnsafe(ref sums, (nuint)(2 * Stride + x));
            rising.StoreUnsafe(ref sums, (nuint)(3 * Stride + x));
        }
    }

    /// <summary>Eight pixels of a line, and those one column to the left and to the right of each.</summary>
    private readonly struct Neighbours(ref float pixel)
    {
        public readonly Vector256<float> Left = Vector256.LoadUnsafe(ref Unsafe.Add(ref pixel, -1));
        public readonly Vector256<float> Middle = Vector256.LoadUnsafe(ref pixel);
        public readonly Vector256<float> Right = Vector256.LoadUnsafe(ref Unsafe.Add(ref pixel, 1));
    }
}
