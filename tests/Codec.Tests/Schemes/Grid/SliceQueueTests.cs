using Codec.Schemes.Grid;

namespace Codec.Tests.Schemes.Grid;

public sealed class SliceQueueTests
{
    [Fact]
    public void TryBegin_TwoThreads_DivideTheSlices()
    {
        var queue = new SliceQueue(6);
        Assert.Equal(0, Begin(queue));
        Assert.Equal(3, Begin(queue));
        Assert.True(queue.TryTake(1));
        Assert.True(queue.TryTake(2));
        Assert.False(queue.TryTake(3));

        // The other thread is at slice 3: it goes on with 4.
        Assert.Equal(5, Begin(queue));
        Assert.True(queue.TryTake(4));
        Assert.False(queue.TryBegin(out _));
    }

    [Fact]
    public void Stop_LeavesNothing()
    {
        var queue = new SliceQueue(4);
        Assert.Equal(0, Begin(queue));
        queue.Stop();
        Assert.False(queue.TryTake(1));
        Assert.False(queue.TryBegin(out _));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(7, 3)]
    [InlineData(64, 8)]
    public void Slices_OfAnyNumberOfThreads_AreTakenOnce(int count, int threads)
    {
        var queue = new SliceQueue(count);
        int[] taken = new int[count];
        Parallel.For(
            0,
            threads,
            _ =>
            {
                while (queue.TryBegin(out int slice))
                {
                    do Interlocked.Increment(ref taken[slice++]);
                    while (slice < count && queue.TryTake(slice));
                }
            }
        );
        Assert.All(taken, times => Assert.Equal(1, times));
    }

    private static int Begin(SliceQueue queue) => queue.TryBegin(out int slice) ? slice : -1;
}
