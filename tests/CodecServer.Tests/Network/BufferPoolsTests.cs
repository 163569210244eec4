using System.Buffers;
using Codec.Server.Network;

namespace CodecServer.Tests.Network;

/// <summary>
/// The pool of connections' buffers keeps a flood's blocks while they are taken again and again, and lets go of them afterwards.
/// </summary>
public sealed class BufferPoolsTests : IDisposable
{
    private const int Kept = 4 << 20;
    private const int Block = 4096;
    private const int Blocks = 4 * Kept / Block;

    private readonly BufferPools _pools = new();

    public void Dispose() => _pools.Dispose();

    [Fact]
    public void Rent_BlocksThatWereReturned_AreTakenAgain()
    {
        IMemoryOwner<byte>[] first = Rent(Blocks);
        Return(first);
        Assert.Equal(4 * Kept, _pools.Free);

        IMemoryOwner<byte>[] second = Rent(Blocks);

        Assert.Equal(0, _pools.Free);
        Assert.Equal(first.ToHashSet(), second.ToHashSet());
    }

    [Fact]
    public void Trim_BlocksInUseSinceTheLast_AreKept()
    {
        for (int i = 0; i < 3; i++)
        {
            Return(Rent(Blocks));
            _pools.Trim();
            Assert.Equal(4 * Kept, _pools.Free);
        }
    }

    [Fact]
    public void Trim_BlocksNotInUse_AreLetGoOf()
    {
        Return(Rent(Blocks));
        _pools.Trim();
        Return(Rent(Blocks / 4));

        _pools.Trim();
        Assert.Equal(2 * Kept, _pools.Free);
        _pools.Trim();

        Assert.Equal(Kept, _pools.Free);
    }

    [Fact]
    public void Return_MoreThanAreKept_LeavesThemToTheCollector()
    {
        Return(Rent(17 * Kept / Block));

        Assert.Equal(16 * Kept, _pools.Free);
    }

    private IMemoryOwner<byte>[] Rent(int count)
    {
        MemoryPool<byte> pool = _pools.OfCalls;
        return [.. Enumerable.Range(0, count).Select(_ => pool.Rent())];
    }

    private static void Return(IMemoryOwner<byte>[] blocks) => Array.ForEach(blocks, block => block.Dispose());
}
