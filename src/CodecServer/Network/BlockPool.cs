using System.Buffers;
using System.Collections.Concurrent;

namespace Codec.Server.Network;

/// <summary>A pool of blocks of one size. Blocks that are unused for a while are given to the garbage collector.</summary>
/// <remarks>
/// Blocks are not pinned, so that the collector can compact them: a socket pins a block only while bytes are copied, because it waits for
/// data without one.
/// </remarks>
/// <param name="blockBytes">Bytes of a block.</param>
/// <param name="leastFreeBytes">Bytes of free blocks that are kept at any time.</param>
/// <param name="mostFreeBytes">Bytes of free blocks that are kept until they are trimmed.</param>
internal sealed class BlockPool(int blockBytes, int leastFreeBytes, int mostFreeBytes) : MemoryPool<byte>
{
    private readonly int _leastFree = leastFreeBytes / blockBytes;
    private readonly int _mostFree = mostFreeBytes / blockBytes;
    private readonly ConcurrentQueue<Block> _free = new();
    private int _freeCount;

    // The fewest free blocks since the last trimming. Two threads may overwrite each other's count: then a few more blocks are dropped.
    private volatile int _fewest;

    /// <inheritdoc/>
    public override int MaxBufferSize => blockBytes;

    /// <summary>Bytes of the blocks that are not in use.</summary>
    public long Free => (long)_freeCount * blockBytes;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, blockBytes);
        if (!_free.TryDequeue(out Block? block))
        {
            _fewest = 0;
            return new Block(this, blockBytes);
        }

        int left = Interlocked.Decrement(ref _freeCount);
        if (left < _fewest)
            _fewest = left;
        return block;
    }

    /// <summary>Drops blocks that were unused since the last call.</summary>
    public void Trim()
    {
        for (int unused = Math.Min(_fewest, _freeCount) - _leastFree; unused > 0 && _free.TryDequeue(out _); unused--)
            Interlocked.Decrement(ref _freeCount);
        _fewest = _freeCount;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Blocks may be in use until their connections have ended; the collector frees all.
    }

    private void Return(Block block)
    {
        if (Interlocked.Increment(ref _freeCount) <= _mostFree)
            _free.Enqueue(block);
        else
            Interlocked.Decrement(ref _freeCount);
    }

    private sealed class Block(BlockPool pool, int bytes) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(bytes);

        public void Dispose() => pool.Return(this);
    }
}
