using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Codec.Server.Network;

/// <summary>
/// The pool of the buffers of all connections. Kestrel's own pools keep all blocks, pinned, and free a twentieth every 10 s: an attack's
/// 200 MiB stayed for minutes (ADR 36). This one keeps what a flood of connections takes and gives back within seconds, because new
/// blocks for each would keep the collector busy (ADR 39), and lets go of it afterwards.
/// </summary>
internal sealed class BufferPools : IMemoryPoolFactory<byte>, IDisposable
{
    private readonly BlockPool _blocks = new();

    /// <summary>Bytes of the blocks that are not in use.</summary>
    public long Free => _blocks.Free;

    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => _blocks;

    /// <summary>Lets go of blocks that were not in use at any time since the last call.</summary>
    public void Trim() => _blocks.Trim();

    /// <inheritdoc/>
    public void Dispose() => _blocks.Dispose();

    /// <summary>
    /// Blocks are not pinned, so that the collector can compact them: a socket pins a block only while bytes are copied, because it waits
    /// for data without one.
    /// </summary>
    private sealed class BlockPool : MemoryPool<byte>
    {
        /// <summary>The size for which the pipes of Kestrel are made.</summary>
        private const int BlockBytes = 4096;

        /// <summary>Blocks that are kept at any time: 4 MiB, for the bursts of a busy server.</summary>
        private const int LeastFree = 1024;

        /// <summary>Blocks that are kept until they are trimmed: 64 MiB, half of what --buffer-bytes allows by default.</summary>
        private const int MostFree = 16 * LeastFree;

        private readonly ConcurrentQueue<Block> _free = new();
        private int _freeCount;

        // The fewest that were free since the last trimming. Two threads may overwrite each other's: then a little more is let go of.
        private volatile int _fewest;

        public override int MaxBufferSize => BlockBytes;

        public long Free => (long)_freeCount * BlockBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
            if (!_free.TryDequeue(out Block? block))
            {
                _fewest = 0;
                return new Block(this);
            }

            int left = Interlocked.Decrement(ref _freeCount);
            if (left < _fewest)
                _fewest = left;
            return block;
        }

        public void Trim()
        {
            for (int unused = Math.Min(_fewest, _freeCount) - LeastFree; unused > 0 && _free.TryDequeue(out _); unused--)
                Interlocked.Decrement(ref _freeCount);
            _fewest = _freeCount;
        }

        protected override void Dispose(bool disposing)
        {
            // Blocks may be in use until their connections have ended; the collector frees all.
        }

        private void Return(Block block)
        {
            if (Interlocked.Increment(ref _freeCount) <= MostFree)
                _free.Enqueue(block);
            else
                Interlocked.Decrement(ref _freeCount);
        }

        private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockBytes);

            public void Dispose() => pool.Return(this);
        }
    }
}
