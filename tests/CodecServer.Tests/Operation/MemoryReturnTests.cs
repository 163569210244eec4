using Codec.Server.Hosting;

namespace CodecServer.Tests.Operation;

public sealed class MemoryReturnTests
{
    private long _allocated = 1 << 30;

    [Fact]
    public void ReturnIfIdle_AfterALoad_CollectsInTheFirstSecondAndFourthIdleInterval()
    {
        using var memory = new MemoryReturn(TimeProvider.System, () => _allocated);
        Assert.False(memory.ReturnIfIdle());
        Assert.Equal([true, true, false, true, false], Idle(memory, 5));

        _allocated += 64 << 20;
        Assert.False(memory.ReturnIfIdle());
        Assert.Equal([true, true, false], Idle(memory, 3));
    }

    /// <summary>An array of this size is in the large object heap, which the collector keeps without need for room.</summary>
    [Fact]
    public void ReturnIfIdle_GarbageOfALoad_IsNoLongerCommitted()
    {
        WeakReference large = Allocate();
        using var memory = new MemoryReturn(TimeProvider.System, () => _allocated);
        memory.ReturnIfIdle();

        Assert.True(memory.ReturnIfIdle());

        Assert.False(large.IsAlive);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference Allocate() => new(new byte[32 << 20]);

    private bool[] Idle(MemoryReturn memory, int intervals) =>
        [
            .. Enumerable
                .Range(0, intervals)
                .Select(_ =>
                {
                    _allocated += 1 << 20;
                    return memory.ReturnIfIdle();
                }),
        ];
}
