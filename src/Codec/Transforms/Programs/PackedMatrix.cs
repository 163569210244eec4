using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Codec.Onnx;
using Codec.Simd;

namespace Codec.Transforms.Programs;

/// <summary>
/// A constant matrix [depth, columns], in the order in which products read it, with a scale and a bias for each column.
/// </summary>
/// <remarks>
/// <para>
/// A result is sum · scale + bias, by one multiply-add. The sum begins at zero and adds the products in the order of the depth, each by one
/// multiply-add; terms of a zero element may be skipped. So every <see cref="SimdPath"/> gives the same floats on one machine, as long as
/// the weights are finite.
/// </para>
/// <para>
/// Weights are in tiles of <see cref="SparseSum.Tile"/> columns, [tile, depth, column], padded with zeros. <see cref="BlockProduct"/>
/// multiplies many rows, <see cref="SparseSum"/> few.
/// </para>
/// </remarks>
internal sealed class PackedMatrix
{
    /// <summary>
    /// Number of weights that every matrix may have when packed: 16 MiB of floats. Padding can make a matrix of few columns up to 128 times
    /// as large as in its graph; beyond this limit, such a matrix is left to ONNX Runtime.
    /// </summary>
    private const long AlwaysAllowed = 1 << 22;

    private readonly sbyte[] _int8Tiles = [];
    private readonly float[] _floatTiles = [];
    private readonly float[] _scales;
    private readonly float[] _bias;
    private readonly float[] _zeros;

    private PackedMatrix(WeightMatrix matrix, bool transposed, int depth, int columns, ReadOnlySpan<float> bias)
    {
        (Depth, Columns) = (depth, columns);
        _scales = new float[RoundUp(columns)];
        _bias = new float[_scales.Length];
        _zeros = new float[_scales.Length];
        bias.CopyTo(_bias);
        for (int column = 0; column < columns; column++)
            _scales[column] = matrix.Scales[matrix.ScaleAxis < 0 ? 0 : column];
        if (matrix.IsInt8)
            _int8Tiles = ToTiles(matrix.Elements.As<sbyte>(), transposed);
        else
            _floatTiles = ToTiles(matrix.Elements.As<float>(), transposed);
    }

    /// <summary>Number of rows: the terms of a sum.</summary>
    public int Depth { get; }

    /// <summary>Number of columns: the results for one row of the other factor.</summary>
    public int Columns { get; }

    /// <summary>Number of weights in memory, padding included.</summary>
    public long Weights => (long)_scales.Length * Depth;

    /// <summary>Packs a matrix.</summary>
    /// <param name="matrix">The matrix; if it has several scales, they must be those of the product's columns.</param>
    /// <param name="transposed">Whether its elements are [columns, depth].</param>
    /// <param name="bias">One for each column; empty for none.</param>
    /// <param name="packed">The packed matrix, with its own copy of the weights.</param>
    /// <returns>False if the packed matrix would take far more memory than the graph.</returns>
    public static bool TryCreate(
        WeightMatrix matrix,
        bool transposed,
        ReadOnlySpan<float> bias,
        [NotNullWhen(true)] out PackedMatrix? packed
    )
    {
        OnnxShape shape = matrix.Elements.Shape;
        (int depth, int columns) = transposed ? (shape[1], shape[0]) : (shape[0], shape[1]);
        packed =
            RoundUp(columns) * (long)depth <= Math.Max(2 * shape.Elements, AlwaysAllowed)
                ? new PackedMatrix(matrix, transposed, depth, columns, bias)
                : null;
        return packed is not null;
    }

    /// <summary>Multiplies one row by the matrix; only its non-zero elements cost time.</summary>
    /// <param name="path">The vector width.</param>
    /// <param name="source">The row.</param>
    /// <param name="stride">Floats from one element of the row to the next.</param>
    /// <param name="target">[<see cref="Columns"/>]; overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void MultiplyRow(SimdPath path, ReadOnlySpan<float> source, int stride, Span<float> target)
    {
        SparseTerm[] terms = ArrayPool<SparseTerm>.Shared.Rent(Depth);
        float[] sums = ArrayPool<float>.Shared.Rent(_scales.Length);
        int count = 0;
        for (int k = 0; k < Depth; k++)
        {
            if (source[k * stride] != 0)
                terms[count++] = new SparseTerm(k, source[k * stride]);
        }

        if (_int8Tiles.Length > 0)
            SparseSum.Compute<sbyte, Int8Lanes>(path, terms.AsSpan(0, count), _int8Tiles, Depth, _zeros, sums);
        else
            SparseSum.Compute<float, FloatLanes>(path, terms.AsSpan(0, count), _floatTiles, Depth, _zeros, sums);
        End(sums, target[..Columns]);
        ArrayPool<float>.Shared.Return(sums);
        ArrayPool<SparseTerm>.Shared.Return(terms);
    }

    /// <summary>Multiplies <see cref="BlockProduct.Rows"/> or more rows by one block of the columns.</summary>
    /// <param name="path">The vector width; not <see cref="SimdPath.Scalar"/>.</param>
    /// <param name="rows">The layout of the rows and their results.</param>
    /// <param name="source">The rows.</param>
    /// <param name="first">The first of the columns: a multiple of <see cref="BlockProduct.Columns"/>.</param>
    /// <param name="target">[rows, <see cref="Columns"/>]; the block's columns are overwritten.</param>
    [SkipLocalsInit]
    public void MultiplyBlock(SimdPath path, BlockRows rows, ReadOnlySpan<float> source, int first, Span<float> target)
    {
        int begin = first / SparseSum.Tile * SparseSum.Tile * Depth + first % SparseSum.Tile,
            count = Math.Min(BlockProduct.Columns, Columns - first);
        bool isHalf = count <= BlockProduct.Columns / 2,
            isWhole = count == (isHalf ? BlockProduct.Columns / 2 : BlockProduct.Columns);
        ReadOnlySpan<float> scales = _scales.AsSpan(first, BlockProduct.Columns),
            bias = _bias.AsSpan(first, BlockProduct.Columns);
        // Receives the results if the matrix ends inside the block of columns.
        Span<float> block = stackalloc float[BlockProduct.MaxRows * BlockProduct.Columns];
        int height = BlockProduct.Rows(path);
        BlockRows places = rows with { Count = height, TargetStride = isWhole ? rows.TargetStride : BlockProduct.Columns };
        for (int next = 0; next < rows.Count; next += height)
        {
            // A short last block starts earlier, and computes rows of the previous block again with the same results.
            int row = Math.Min(next, rows.Count - height);
            ReadOnlySpan<float> taken = source[(row * rows.Stride)..];
            Span<float> given = target[(row * rows.TargetStride + first)..];
            if (_int8Tiles.Length > 0)
            {
                BlockProduct.Compute<sbyte, Int8Lanes>(
                    path,
                    places,
                    Depth,
                    taken,
                    _int8Tiles.AsSpan(begin),
                    isHalf,
                    scales,
                    bias,
                    isWhole ? given : block
                );
            }
            else
            {
                BlockProduct.Compute<float, FloatLanes>(
                    path,
                    places,
                    Depth,
                    taken,
                    _floatTiles.AsSpan(begin),
                    isHalf,
                    scales,
                    bias,
                    isWhole ? given : block
                );
            }

            if (isWhole)
                continue;
            for (int i = 0; i < height; i++)
                block.Slice(i * BlockProduct.Columns, count).CopyTo(given[(i * rows.TargetStride)..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void End(ReadOnlySpan<float> sums, Span<float> target)
    {
        ReadOnlySpan<float> scales = _scales,
            bias = _bias;
        int column = 0;
        for (; column <= target.Length - Vector256<float>.Count; column += Vector256<float>.Count)
        {
            SparseSum
                .MultiplyAdd(Vector256.Create(sums[column..]), Vector256.Create(scales[column..]), Vector256.Create(bias[column..]))
                .CopyTo(target[column..]);
        }

        for (; column < target.Length; column++)
            target[column] = SparseSum.MultiplyAdd(sums[column], scales[column], bias[column]);
    }

    private static int RoundUp(int columns) => (columns + SparseSum.Tile - 1) / SparseSum.Tile * SparseSum.Tile;

    private T[] ToTiles<T>(ReadOnlySpan<T> elements, bool transposed)
    {
        var tiles = new T[Weights];
        for (int column = 0; column < Columns; column++)
        {
            (int tile, int lane) = Math.DivRem(column, SparseSum.Tile);
            for (int k = 0; k < Depth; k++)
                tiles[((long)tile * Depth + k) * SparseSum.Tile + lane] = elements[transposed ? column * Depth + k : k * Columns + column];
        }

        return tiles;
    }
}
