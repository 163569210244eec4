using Codec.Server.Hosting;
using Codec.Tests.Shared;

namespace CodecServer.Tests.Operation;

public sealed class MemoryReturnTests
{
    private long _allocated = 1 << 30;
    private long _unloads;

    [Fact]
    public void ReturnIfIdle_AfterALoad_CollectsInTheFirstSecondAndFourthIdleInterval()
    {
        using var memory = new MemoryReturn(TimeProvider.System, () => _allocated, () => _unloads, () => { });
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
        using var memory = new MemoryReturn(TimeProvider.System, () => _allocated, () => _unloads, () => { });
        memory.ReturnIfIdle();

        Assert.True(memory.ReturnIfIdle());

        Assert.False(large.IsAlive);
    }

    [Fact]
    public async Task ReturnIfIdle_ModelUnloadedUnderLoad_IsNoLongerCommitted()
    {
        WeakReference large = Allocate();
        using var memory = new MemoryReturn(TimeProvider.System, () => _allocated, () => _unloads, () => { });
        memory.ReturnIfIdle();
        _allocated += 1 << 30;
        _unloads++;

        Assert.False(memory.ReturnIfIdle());

        // It collects in the background.
        await Waiting.UntilAsync(() => !large.IsAlive, "the array to be collected", TestContext.Current.CancellationToken);
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
