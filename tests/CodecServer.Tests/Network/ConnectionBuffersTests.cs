using System.Buffers;
using Codec.Server.Network;
using Codec.Server.Options;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace CodecServer.Tests.Network;

/// <summary>Unread bytes end the connection that holds most of them, of the address that holds most.</summary>
public sealed class ConnectionBuffersTests
{
    private const int Block = 4096;

    private static readonly BufferPools Pools = new();

    private readonly ConnectionBuffers _buffers = new(
        new LimitOptions { BufferBytes = 100 * Block, CallerPercent = 75 },
        new Refusals(TimeProvider.System, NullLogger<Refusals>.Instance),
        Pools
    );

    [Fact]
    public async Task Rent_AddressAboveItsPart_ClosesItsLargestConnection()
    {
        await using var small = new Connection(_buffers, "10.0.0.1");
        await using var large = new Connection(_buffers, "10.0.0.1");
        await using var other = new Connection(_buffers, "10.0.0.2");
        other.Rent(20);
        small.Rent(30);

        large.Rent(45);
        Assert.Equal(95 * Block, _buffers.Held);
        small.Rent(1);

        await large.Closed;
        Assert.Equal(51 * Block, _buffers.Held);
        Assert.False(small.Closed.IsCompleted);
        Assert.False(other.Closed.IsCompleted);
    }

    [Fact]
    public async Task Rent_AllAboveTheBound_ClosesOneOfTheAddressThatHoldsMost()
    {
        await using var first = new Connection(_buffers, "10.0.0.1");
        await using var second = new Connection(_buffers, "10.0.0.1");
        await using var other = new Connection(_buffers, "10.0.0.2");
        first.Rent(30);
        second.Rent(35);

        other.Rent(36);

        await second.Closed;
        Assert.Equal(66 * Block, _buffers.Held);
        Assert.False(first.Closed.IsCompleted);
        Assert.False(other.Closed.IsCompleted);
    }

    [Fact]
    public async Task Dispose_BlocksInAnyOrder_ReturnWhatTheyHeld()
    {
        await using var connection = new Connection(_buffers, "10.0.0.1");
        await using var large = new Connection(_buffers, "10.0.0.1");
        connection.Rent(10);
        large.Rent(66);
        await large.Closed;

        large.Return();
        Assert.Equal(10 * Block, _buffers.Held);
        connection.Return();
        connection.Return();

        Assert.Equal(0, _buffers.Held);
    }

    /// <summary>A connection as Kestrel has one, whose buffers the test takes.</summary>
    private sealed class Connection : IAsyncDisposable
    {
        private readonly DefaultConnectionContext _context = new();
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<IMemoryOwner<byte>> _blocks = [];
        private readonly IDisposable _counted;

        public Connection(ConnectionBuffers buffers, string address)
        {
            _context.ConnectionClosed.Register(_closed.SetResult);
            _counted = buffers.Enter(_context, address);
        }

        public Task Closed => _closed.Task;

        public void Rent(int blocks)
        {
            MemoryPool<byte> pool = _context.Features.Get<IMemoryPoolFeature>()!.MemoryPool;
            for (int i = 0; i < blocks; i++)
                _blocks.Add(pool.Rent(Block));
        }

        public void Return() => _blocks.ForEach(block => block.Dispose());

        public async ValueTask DisposeAsync()
        {
            Return();
            _counted.Dispose();
            await _context.DisposeAsync();
        }
    }
}
