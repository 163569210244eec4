using System.Net.Sockets;

namespace Codec.Bench.Processes;

/// <summary>
/// Counts every byte that a client's sockets carry, both ways: HTTP/2 preface, settings, headers and frames included. It can also break the
/// connection, as a network failure would.
/// </summary>
internal sealed class SocketCounter
{
    private long _bytes;
    private int _connections;
    private volatile Socket? _last;

    /// <summary>Number of bytes so far, both ways.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Number of connections so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Breaks the last connection.</summary>
    public void Cut() => _last?.Dispose();

    /// <summary>Connects as <see cref="SocketsHttpHandler"/> would, and returns a stream that counts its bytes.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            _last = socket;
            Interlocked.Increment(ref _connections);
            return new CountingStream(this, new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class CountingStream(SocketCounter counter, NetworkStream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Count(await inner.ReadAsync(buffer, cancellationToken));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count(buffer.Length);
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count)
        {
            Count(count);
            inner.Write(buffer, offset, count);
        }

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }

        private int Count(int bytes)
        {
            Interlocked.Add(ref counter._bytes, bytes);
            return bytes;
        }
    }
}
