using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Codec.Server.Network;

/// <summary>
/// The pools of the buffers of all connections. Kestrel's own pools keep all blocks, pinned, and free a twentieth every 10 s: an attack's
/// 200 MiB stayed for minutes (ADR 36). These keep the blocks that a flood of connections returns, because new blocks for each
/// connection would keep the collector busy (ADR 39), and drop them afterwards.
/// </summary>
internal sealed class BufferPools : IMemoryPoolFactory<byte>, IDisposable
{
    /// <summary>The size for which the pipes of Kestrel are made; a call that holds one byte holds a block.</summary>
    private const int BlockBytes = 4 << 10;

    /// <summary>
    /// Bytes that a socket reads at once: a frame of HTTP/2. With blocks of 4 KiB, an image of 512×512 takes 192 reads, each of which wakes
    /// the connection (ADR 38).
    /// </summary>
    private const int SocketBlockBytes = 16 << 10;

    // 4 MiB for the bursts of a busy server; 64 MiB are half of what --buffer-bytes allows by default.
    private readonly BlockPool _calls = new(BlockBytes, leastFreeBytes: 4 << 20, mostFreeBytes: 64 << 20);
    private readonly BlockPool _sockets = new(SocketBlockBytes, leastFreeBytes: 2 << 20, mostFreeBytes: 16 << 20);

    /// <summary>Bytes of the blocks that are not in use.</summary>
    public long Free => _calls.Free + _sockets.Free;

    /// <summary>The blocks of HTTP/2 and its calls.</summary>
    public MemoryPool<byte> OfCalls => _calls;

    /// <summary>Returns the blocks of sockets.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => _sockets;

    /// <summary>Drops blocks that were unused since the last call.</summary>
    public void Trim()
    {
        _calls.Trim();
        _sockets.Trim();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _calls.Dispose();
        _sockets.Dispose();
    }
}
