using Codec.Server.Telemetry;

namespace CodecServer.Tests.Telemetry;

/// <summary>A caller chooses names, but not how many values a label has.</summary>
public sealed class LabelBoundTests
{
    [Fact]
    public void Of_MoreNamesThanTheBound_KeepsTheFirstAndMergesTheOthers()
    {
        var bound = new LabelBound(2);

        string[] values = [.. Enumerable.Range(0, 1000).Select(i => bound.Of($"model-{i}"))];

        Assert.Equal(["model-0", "model-1", LabelBound.Other], values.Distinct());
        Assert.Equal("model-1", bound.Of("model-1"));
    }

    [Fact]
    public void Of_ManyThreads_NeverExceedsTheBound()
    {
        var bound = new LabelBound(10);
        var values = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();

        Parallel.For(0, 10_000, i => values[bound.Of($"model-{i % 100}")] = true);

        Assert.InRange(values.Count, 2, 11);
        Assert.Contains(LabelBound.Other, values.Keys);
    }
}
