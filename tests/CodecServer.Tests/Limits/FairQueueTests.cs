using Codec.Server.Limits;

namespace CodecServer.Tests.Limits;

public sealed class FairQueueTests
{
    [Fact]
    public void TryDequeue_CallersAndFlows_TakeTurnsAndKeepEachFlowsOrder()
    {
        var queue = new FairQueue<string>();
        foreach (string item in new[] { "a1 1", "a1 2", "a1 3", "a2 1", "a2 2", "b1 1", "b1 2" })
            queue.Enqueue(new Payer(item[..1], "", item[..2]), item);

        var order = new List<string>();
        while (queue.TryDequeue(out string? item))
            order.Add(item);

        Assert.Equal(["a1 1", "b1 1", "a2 1", "b1 2", "a1 2", "a2 2", "a1 3"], order);
    }

    [Fact]
    public void TryDequeue_NextItemDoesNotFit_KeepsItAndItsTurn()
    {
        var queue = new FairQueue<int>();
        queue.Enqueue(new Payer("a", "", "a"), 16);
        queue.Enqueue(new Payer("b", "", "b"), 1);

        Assert.False(queue.TryDequeue(out _, fits: count => count < 16));
        Assert.Equal(2, queue.Count);
        Assert.True(queue.TryDequeue(out int next));
        Assert.Equal(16, next);
    }
}
