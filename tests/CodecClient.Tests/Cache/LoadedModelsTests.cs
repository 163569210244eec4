using Codec.Client.Cache;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Client.Tests.Cache;

public sealed class LoadedModelsTests
{
    private static readonly CodecModel[] Models = [.. Enumerable.Range(0, 3).Select(i => CodecModel.Load(SmallModel.Create(note: $"{i}")))];

    [Fact]
    public void Find_MoreThanIsRequested_ReturnsIt()
    {
        var loaded = new LoadedModels(2);
        loaded.Add(Parts(0) with { Encoder = true }, Models[0]);
        Assert.Same(Models[0], loaded.Find(Parts(0)));
        Assert.Same(Models[0], loaded.Find(Parts(0) with { Encoder = true }));
        Assert.Null(loaded.Find(Parts(0) with { Head = "mask" }));
        Assert.Null(loaded.Find(Parts(1)));
    }

    [Fact]
    public void Find_LessThanIsRequested_ReturnsNothing()
    {
        var loaded = new LoadedModels(2);
        loaded.Add(Parts(0), Models[0]);
        Assert.Null(loaded.Find(Parts(0) with { Encoder = true }));
    }

    [Fact]
    public void Add_BeyondTheCapacity_ForgetsTheOneUnusedForTheLongestTimeAndLeavesItUsable()
    {
        var loaded = new LoadedModels(2);
        loaded.Add(Parts(0), Models[0]);
        loaded.Add(Parts(1), Models[1]);
        Assert.NotNull(loaded.Find(Parts(0)));
        loaded.Add(Parts(2), Models[2]);

        Assert.Null(loaded.Find(Parts(1)));
        Assert.Same(Models[0], loaded.Find(Parts(0)));
        Assert.Same(Models[2], loaded.Find(Parts(2)));
        // A caller may still hold it.
        Assert.NotEmpty(Models[1].Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1));
    }

    [Fact]
    public void FindAndAdd_ManyThreads_ReturnOnlyWhatWasRequested()
    {
        var loaded = new LoadedModels(2);
        Parallel.For(
            0,
            10_000,
            i =>
            {
                int model = i % Models.Length;
                if (loaded.Find(Parts(model)) is { } found)
                    Assert.Same(Models[model], found);
                else
                    loaded.Add(Parts(model), Models[model]);
            }
        );
        Assert.InRange(Enumerable.Range(0, Models.Length).Count(model => loaded.Find(Parts(model)) is not null), 1, 2);
    }

    private static ModelParts Parts(int model) => new(Models[model].Version, ModelManifest.ImageHead, Encoder: false);
}
