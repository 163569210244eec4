using System.Buffers;
using Codec.Server.Options;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Codec.Server.Network;

/// <summary>
/// Bounds the bytes in the buffers of connections: what has arrived and no call has read yet, and what was answered and is not sent yet.
/// HTTP/2 bounds them for each connection, by 4 MiB, but nothing bounds their sum.
/// </summary>
/// <remarks>
/// A byte that has arrived must be kept or its connection closed, so no caller waits for room here: above the bound, the connection that
/// holds most is closed, of the address that holds most. A client whose calls are read holds a few blocks of 4 KiB.
/// </remarks>
/// <param name="options">The bound on all bytes, and the part of one address.</param>
/// <param name="closed">Counts the connections that are closed, for the log.</param>
/// <param name="pools">Where the buffers are taken from.</param>
internal sealed class ConnectionBuffers(LimitOptions options, Refusals closed, BufferPools pools)
{
    private readonly long _most = options.BufferBytes;
    private readonly long _mostOfAddress = Math.Max(1, options.BufferBytes * options.CallerPercent / 100);

    private readonly Lock _lock = new();

    // Addresses that have a connection. Guarded by the lock, as are the connections of each.
    private readonly Dictionary<string, AddressBuffers> _addresses = [];
    private long _held;

    /// <summary>Bytes in the buffers of all connections.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Bytes above which a connection is closed.</summary>
    public long Limit => _most;

    /// <summary>
    /// Counts a connection's buffers until the returned object is disposed, although its calls may hold some until they end; to be called
    /// before HTTP is spoken on it.
    /// </summary>
    public IDisposable Enter(ConnectionContext connection, string address)
    {
        lock (_lock)
        {
            if (!_addresses.TryGetValue(address, out AddressBuffers? buffers))
                _addresses.Add(address, buffers = new AddressBuffers(address));
            var counted = new ConnectionPool(this, buffers, connection, pools.OfCalls);
            buffers.Connections.Add(counted);
            connection.Features.Set<IMemoryPoolFeature>(counted);
            return counted;
        }
    }

    private void Leave(ConnectionPool connection)
    {
        lock (_lock)
        {
            AddressBuffers address = connection.Address;
            if (address.Connections.Remove(connection) && address.Connections.Count == 0)
                _addresses.Remove(address.Name);
            connection.Forget();
        }
    }

    /// <summary>Closes connections until the bounds hold without them.</summary>
    private void Relieve(AddressBuffers current)
    {
        lock (_lock)
        {
            while (FindExcess(current) is { } address && address.Connections.MaxBy(connection => connection.Held) is { } worst)
            {
                address.Connections.Remove(worst);
                worst.Close();
                closed.CountBuffers(address.Name);
            }
        }
    }

    private AddressBuffers? FindExcess(AddressBuffers current) =>
        current.Held > _mostOfAddress ? current
        : Held > _most ? _addresses.Values.MaxBy(address => address.Held)
        : null;

    /// <summary>What the connections of an address hold.</summary>
    private sealed class AddressBuffers(string name)
    {
        public string Name => name;

        public List<ConnectionPool> Connections { get; } = [];

        public long Held;
    }

    /// <summary>The pool of a connection's buffers, which counts what is taken.</summary>
    private sealed class ConnectionPool(ConnectionBuffers all, AddressBuffers address, ConnectionContext connection, MemoryPool<byte> inner)
        : MemoryPool<byte>,
            IMemoryPoolFeature
    {
        private readonly Lock _lock = new();
        private long _held;
        private bool _isClosed;

        public AddressBuffers Address => address;

        public long Held => Interlocked.Read(ref _held);

        public MemoryPool<byte> MemoryPool => this;

        public override int MaxBufferSize => inner.MaxBufferSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            IMemoryOwner<byte> block = inner.Rent(minBufferSize);
            Add(block.Memory.Length);
            if (Interlocked.Read(ref address.Held) > all._mostOfAddress || all.Held > all._most)
                all.Relieve(address);
            return new Block(this, block);
        }

        /// <summary>Closes the connection.</summary>
        public void Close()
        {
            Forget();

            // Not in the middle of a write to one of its buffers.
            ThreadPool.UnsafeQueueUserWorkItem(
                static connection => connection.Abort(new ConnectionAbortedException("Its buffers held more than all others.")),
                connection,
                preferLocal: false
            );
        }

        /// <summary>Counts nothing more: what a closed connection holds is returned while its calls end.</summary>
        public void Forget()
        {
            lock (_lock)
            {
                Add(-_held);
                _isClosed = true;
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                all.Leave(this);
        }

        private void Add(long bytes)
        {
            lock (_lock)
            {
                if (_isClosed)
                    return;
                _held += bytes;
                Interlocked.Add(ref address.Held, bytes);
                Interlocked.Add(ref all._held, bytes);
            }
        }

        private sealed class Block(ConnectionPool pool, IMemoryOwner<byte> inner) : IMemoryOwner<byte>
        {
            private readonly int _length = inner.Memory.Length;
            private IMemoryOwner<byte>? _inner = inner;

            public Memory<byte> Memory => _inner?.Memory ?? throw new ObjectDisposedException(nameof(Block));

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _inner, null) is not { } block)
                    return;
                pool.Add(-_length);
                block.Dispose();
            }
        }
    }
}
