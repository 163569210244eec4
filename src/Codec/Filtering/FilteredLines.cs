using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Codec.Simd;
using Codec.Transforms;

namespace Codec.Filtering;

/// <summary>Filters an image's lines, and passes them on. One instance for each image; not thread-safe.</summary>
/// <remarks>
/// The plain loop is the specification. The vector path does the same operations in the same order, on all eight pixels of a block's line
/// at once.
/// </remarks>
internal sealed class FilteredLines : ILineSink
{
    private readonly PostFilter _filter;
    private readonly int _quality;
    private readonly SimdPath _path;
    private readonly ILineSink _next;
    private readonly FilterBands _bands;
    private readonly float[] _weights;

    // [planes]: whether the filter changes a plane; otherwise its pixels are copied, as those of blocks that are not filtered are.
    private readonly bool[] _changes;

    // For each plane the taps' offsets from a pixel's index.
    private readonly int[][] _offsets;

    // [planes, lines of a band, stride].
    private readonly float[] _filtered;

    /// <summary>
    /// Lines of every plane that are in memory: those around a band, the filtered ones, and a few of sums and conversion.
    /// </summary>
    public const int Lines = 2 * PostFilter.Side + 2 * PostFilter.Reach + 8;

    /// <summary>Creates the filter of one image.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="quality">Index of its quality.</param>
    /// <param name="width">Width of the image in pixels.</param>
    /// <param name="height">Height of the image in pixels.</param>
    /// <param name="path">The instructions to use.</param>
    /// <param name="next">Receives the filtered lines.</param>
    /// <param name="first">The first line that is written; <see cref="FilterBands.FirstOf"/> is the first that is passed on.</param>
    public FilteredLines(PostFilter filter, int quality, int width, int height, SimdPath path, ILineSink next, int first = 0)
    {
        FilterTables tables = filter.Tables;
        (_filter, _quality, _path, _next) = (filter, quality, path, next);
        _bands = new FilterBands(
            width,
            height,
            tables.Planes,
            tables.MeasuresAllPlanes ? tables.Planes : 1,
            tables.Qualities[quality].Unit,
            tables.Qualities[quality].LeastContrast((long)width * height),
            FilterBand,
            first
        );
        _changes = [.. Enumerable.Range(0, tables.Planes).Select(plane => tables.Changes(quality, plane))];
        _weights = new float[tables.Features];
        _offsets = [.. tables.Taps.Select(taps => taps.Select(tap => tap.Down * _bands.Stride + tap.Across).ToArray())];
        _filtered = new float[tables.Planes * PostFilter.Side * _bands.Stride];
    }

    /// <inheritdoc/>
    public void Write(int y, ReadOnlySpan<float> planes, int planeLength) => _bands.Write(y, planes, planeLength);

    private void FilterBand(int first, int count)
    {
        int planeLength = PostFilter.Side * _bands.Stride;
        for (int plane = 0; plane < _changes.Length; plane++)
        {
            if (!_changes[plane] || !_bands.FiltersAll)
                Copy(plane, count, _filtered.AsSpan(plane * planeLength));
        }

        for (int column = 0; column < _bands.Columns; column++)
        {
            if (!_bands.Filters(column))
                continue;
            _filter.Weigh(_quality, _bands.Structure(column), _weights);
            int used = 0;
            for (int plane = 0; plane < _offsets.Length; plane++)
            {
                int[] offsets = _offsets[plane];
                float clip = _filter.Tables.Qualities[_quality].Clips[plane];
                Span<float> target = _filtered.AsSpan(plane * planeLength + column * PostFilter.Side);
                ReadOnlySpan<float> weights = _weights.AsSpan(used, 2 * offsets.Length);
                used += 2 * offsets.Length;
                if (!_changes[plane])
                    continue;
                if (_path == SimdPath.Scalar)
                    FilterBlock(_bands.Plane(plane), column, count, offsets, weights, clip, target);
                else
                    FilterBlockVector(_bands.Plane(plane), column, count, offsets, weights, clip, target);
            }
        }

        for (int line = 0; line < count; line++)
            _next.Write(first + line, _filtered.AsSpan(line * _bands.Stride), planeLength);
    }

    private void Copy(int plane, int count, Span<float> target)
    {
        ReadOnlySpan<float> pixels = _bands.Plane(plane);
        int width = _bands.Columns * PostFilter.Side;
        for (int line = 0; line < count; line++)
            pixels.Slice(_bands.At(line, 0), width).CopyTo(target[(line * _bands.Stride)..]);
    }

    private void FilterBlock(
        ReadOnlySpan<float> plane,
        int column,
        int count,
        int[] offsets,
        ReadOnlySpan<float> weights,
        float clip,
        Span<float> target
    )
    {
        for (int line = 0; line < count; line++)
        {
            for (int x = 0; x < PostFilter.Side; x++)
            {
                int at = _bands.At(line, column * PostFilter.Side + x);
                float pixel = plane[at],
                    sum = pixel,
                    clipped = 0;
                for (int k = 0; k < offsets.Length; k++)
                {
                    float one = plane[at + offsets[k]] - pixel,
                        other = plane[at - offsets[k]] - pixel;
                    sum = SparseSum.MultiplyAdd(weights[k], one + other, sum);
                    clipped = SparseSum.MultiplyAdd(
                        weights[offsets.Length + k],
                        Math.Clamp(one, -clip, clip) + Math.Clamp(other, -clip, clip),
                        clipped
                    );
                }

                target[line * _bands.Stride + x] = sum + clipped;
            }
        }
    }

    // Computes two lines at once, so that a weight is loaded once for both. If the count is odd, the line after the last is computed and
    // discarded.
    private void FilterBlockVector(
        ReadOnlySpan<float> plane,
        int column,
        int count,
        int[] offsets,
        ReadOnlySpan<float> weights,
        float clip,
        Span<float> target
    )
    {
        int stride = _bands.Stride,
            taps = offsets.Length;
        ref float linear = ref MemoryMarshal.GetReference(weights),
            clipped = ref Unsafe.Add(ref linear, taps);
        Vector256<float> most = Vector256.Create(clip),
            least = -most;
        for (int line = 0; line < count; line += 2)
        {
            ref float upper = ref Unsafe.Add(ref MemoryMarshal.GetReference(plane), _bands.At(line, column * PostFilter.Side));
            ref float lower = ref Unsafe.Add(ref upper, stride);
            Vector256<float> upperPixel = Vector256.LoadUnsafe(ref upper),
                lowerPixel = Vector256.LoadUnsafe(ref lower);
            Vector256<float> upperSum = upperPixel,
                lowerSum = lowerPixel,
                upperClipped = default,
                lowerClipped = default;
            for (int k = 0; k < taps; k++)
            {
                int offset = offsets[k];
                var weight = Vector256.Create(Unsafe.Add(ref linear, k));
                var clippedWeight = Vector256.Create(Unsafe.Add(ref clipped, k));
                Vector256<float> one = Vector256.LoadUnsafe(ref Unsafe.Add(ref upper, offset)) - upperPixel;
                Vector256<float> other = Vector256.LoadUnsafe(ref Unsafe.Add(ref upper, -offset)) - upperPixel;
                upperSum = SparseSum.MultiplyAdd(weight, one + other, upperSum);
                upperClipped = SparseSum.MultiplyAdd(clippedWeight, Clamp(one, least, most) + Clamp(other, least, most), upperClipped);
                one = Vector256.LoadUnsafe(ref Unsafe.Add(ref lower, offset)) - lowerPixel;
                other = Vector256.LoadUnsafe(ref Unsafe.Add(ref lower, -offset)) - lowerPixel;
                lowerSum = SparseSum.MultiplyAdd(weight, one + other, lowerSum);
                lowerClipped = SparseSum.MultiplyAdd(clippedWeight, Clamp(one, least, most) + Clamp(other, least, most), lowerClipped);
            }

            (upperSum + upperClipped).CopyTo(target[(line * stride)..]);
            if (line + 1 < count)
                (lowerSum + lowerClipped).CopyTo(target[((line + 1) * stride)..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Clamp(Vector256<float> value, Vector256<float> least, Vector256<float> most) =>
        Vector256.MaxNative(Vector256.MinNative(value, most), least);
}
