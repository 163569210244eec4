using System.Buffers;
using Codec.Simd;

namespace Codec.Transforms.Programs;

/// <summary>Multiplies the last axis of a value by a constant matrix.</summary>
internal sealed class ProductStep : ProgramStep
{
    private readonly PackedMatrix _matrix;
    private readonly ValueView _source;
    private readonly ProgramBuffer _target;
    private readonly SimdPath _path;
    private readonly int _depthStride;
    private readonly Loop[] _loops;

    /// <summary>Creates the step.</summary>
    /// <param name="matrix">The matrix; its depth is the length of the value's last axis.</param>
    /// <param name="source">The value.</param>
    /// <param name="target">The result, row-major, in another buffer than the value.</param>
    /// <param name="path">The vector width.</param>
    public ProductStep(PackedMatrix matrix, ValueView source, ProgramBuffer target, SimdPath path)
    {
        (_matrix, _source, _target, _path) = (matrix, source, target, path);
        _depthStride = source.Strides[^1];
        var results = ValueView.Of(target, [.. source.Sizes[..^1], matrix.Columns]);
        _loops = LoopNest.Over(source.Sizes.Length - 1, source, source, results);
    }

    /// <inheritdoc/>
    public override void Run(in ProgramMemory memory)
    {
        ReadOnlySpan<float> source = memory.Read(_source.Buffer)[_source.Offset..];
        Span<float> target = memory.Write(_target);
        int rows = _loops[^1].Passes(memory.Batch),
            height = BlockProduct.Rows(_path);
        if (rows < height)
        {
            if (_loops.Length == 1 && rows > 1 && height <= BlockProduct.MaxRows)
                MultiplyShortBlock(rows, height, source, target);
            else
                MultiplyRows(memory.Batch, _loops, source, target);
            return;
        }

        // A block of columns at a time: its weights are read from memory once, while the rows of a pass stay in the cache.
        for (int first = 0; first < _matrix.Columns; first += BlockProduct.Columns)
            MultiplyBlocks(memory.Batch, _loops, source, first, target);
    }

    private void MultiplyRows(int batch, ReadOnlySpan<Loop> loops, ReadOnlySpan<float> source, Span<float> target)
    {
        Loop loop = loops[0];
        for (int i = 0; i < loop.Passes(batch); i++)
        {
            ReadOnlySpan<float> taken = source[(i * loop.Left)..];
            Span<float> given = target[(i * loop.Target)..];
            if (loops.Length == 1)
                _matrix.MultiplyRow(_path, taken, _depthStride, given);
            else
                MultiplyRows(batch, loops[1..], taken, given);
        }
    }

    /// <summary>
    /// Multiplies fewer rows than a block has, with rows of zeros beneath: the weights, which may exceed the cache, are read once and not
    /// for each row.
    /// </summary>
    private void MultiplyShortBlock(int rows, int height, ReadOnlySpan<float> source, Span<float> target)
    {
        float[] block = ArrayPool<float>.Shared.Rent(height * _matrix.Depth);
        float[] results = ArrayPool<float>.Shared.Rent(height * _matrix.Columns);
        Loop loop = _loops[0];
        for (int row = 0; row < rows; row++)
        {
            Span<float> copied = block.AsSpan(row * _matrix.Depth, _matrix.Depth);
            for (int k = 0; k < copied.Length; k++)
                copied[k] = source[row * loop.Left + k * _depthStride];
        }

        block.AsSpan(rows * _matrix.Depth, (height - rows) * _matrix.Depth).Clear();
        for (int first = 0; first < _matrix.Columns; first += BlockProduct.Columns)
            _matrix.MultiplyBlock(_path, new BlockRows(height, _matrix.Depth, 1, _matrix.Columns), block, first, results);
        for (int row = 0; row < rows; row++)
            results.AsSpan(row * _matrix.Columns, _matrix.Columns).CopyTo(target[(row * loop.Target)..]);
        ArrayPool<float>.Shared.Return(results);
        ArrayPool<float>.Shared.Return(block);
    }

    private void MultiplyBlocks(int batch, ReadOnlySpan<Loop> loops, ReadOnlySpan<float> source, int first, Span<float> target)
    {
        Loop loop = loops[0];
        int passes = loop.Passes(batch);
        if (loops.Length == 1)
        {
            _matrix.MultiplyBlock(_path, new BlockRows(passes, loop.Left, _depthStride, loop.Target), source, first, target);
            return;
        }

        for (int i = 0; i < passes; i++)
            MultiplyBlocks(batch, loops[1..], source[(i * loop.Left)..], first, target[(i * loop.Target)..]);
    }
}
