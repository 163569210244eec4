using System.Buffers;
using System.Collections.Concurrent;

namespace Codec.Server.Network;

/// <summary>A pool of blocks of one size, which keeps few unused ones.</summary>
/// <remarks>
/// Blocks are not pinned, so that the collector can compact them: a socket pins a block only while bytes are copied, because it waits for
/// data without one.
/// </remarks>
/// <param name="blockBytes">Bytes of a block; more than is asked for is of use to a pipe.</param>
internal sealed class BlockPool(int blockBytes) : MemoryPool<byte>
{
    /// <summary>Bytes of the blocks that are kept, for the bursts of a busy server.</summary>
    private const int MostFreeBytes = 4 << 20;

    private readonly int _mostFree = MostFreeBytes / blockBytes;
    private readonly ConcurrentQueue<Block> _free = new();
    private int _freeCount;

    /// <inheritdoc/>
    public override int MaxBufferSize => blockBytes;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, blockBytes);
        if (!_free.TryDequeue(out Block? block))
            return new Block(this, blockBytes);

        Interlocked.Decrement(ref _freeCount);
        return block;
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
