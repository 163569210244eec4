using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Codec.Server.Network;

/// <summary>
/// Makes the pools of sockets' buffers, which keep few unused blocks. Kestrel's own pools keep all, pinned, and free a twentieth every
/// 10 s: an attack's 200 MiB stayed for minutes (ADR 36).
/// </summary>
internal sealed class BufferPools : IMemoryPoolFactory<byte>
{
    /// <summary>
    /// Bytes that a socket reads at once: a frame of HTTP/2. With blocks of 4 KiB, an image of 512×512 takes 192 reads, each of which wakes
    /// the connection (ADR 38).
    /// </summary>
    private const int SocketBlockBytes = 16 << 10;

    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockPool(SocketBlockBytes);
}
