using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Codec.Server.Network;

/// <summary>
/// Makes the pools of connections' buffers, which keep few unused blocks. Kestrel's own pools keep all, pinned, and free a twentieth every
/// 10 s: an attack's 200 MiB stayed for minutes (ADR 36).
/// </summary>
internal sealed class BufferPools : IMemoryPoolFactory<byte>
{
    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockPool();

    /// <summary>
    /// Blocks are not pinned, so that the collector can compact them: a socket pins a block only while bytes are copied, because it waits
    /// for data without one.
    /// </summary>
    private sealed class BlockPool : MemoryPool<byte>
    {
        /// <summary>The size for which the pipes of Kestrel are made.</summary>
        private const int BlockBytes = 4096;

        /// <summary>Blocks that are kept: 4 MiB, for the bursts of a busy server.</summary>
        private const int MostFree = 1024;

        private readonly ConcurrentQueue<Block> _free = new();
        private int _freeCount;

        public override int MaxBufferSize => BlockBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
            if (!_free.TryDequeue(out Block? block))
                return new Block(this);

            Interlocked.Decrement(ref _freeCount);
            return block;
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
