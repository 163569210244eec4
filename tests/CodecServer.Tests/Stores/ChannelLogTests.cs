using Codec.Server;
using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Stores;

/// <summary>Creating, listing, awaiting and deleting channels.</summary>
public sealed class ChannelLogTests : ChannelLogFixture
{
    [Fact]
    public async Task CreateAsync_Again_ChangesNothingOrIsRefused()
    {
        Options.MaxChannels = 3;
        var retention = new Retention(5, TimeSpan.FromSeconds(60), 1000, LatestOfEachKey: true);
        (ChannelRecord created, bool isNew) = await Log.CreateAsync("faces", retention, Ct);
        await AppendAsync(created.Id, Runs.Of(2));

        (ChannelRecord again, bool isNewAgain) = await Log.CreateAsync("faces", retention, Ct);

        Assert.Equal(new ChannelRecord(created.Id, retention, 1, 3, 2, 50, Now), again);
        Assert.Equal((true, false), (isNew, isNewAgain));
        RequestException refusal = await Runs.RefusesAsync(
            RequestError.AlreadyExists,
            () => Log.CreateAsync("faces", retention with { Codes = 6 }, Ct)
        );
        Assert.Contains("5 codes, 60 s, 1000 bytes, the latest of each key", refusal.Message, StringComparison.Ordinal);
        refusal = await Runs.RefusesAsync(RequestError.AlreadyExists, () => Log.CreateAsync("faces", Retention.All, Ct));
        Assert.Contains("not all codes", refusal.Message, StringComparison.Ordinal);
        await CreateAsync(name: "b");
        await CreateAsync(name: "a");
        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => CreateAsync(name: "c"));
        Assert.Equal(["a", "b", "faces"], (await Log.ListAsync(Ct)).Select(channel => channel.Name));
    }

    [Fact]
    public async Task WaitAsync_Append_EndsTheWait()
    {
        ChannelId channel = await CreateAsync();
        Task waiting = Log.WaitAsync(channel, 3, Ct);
        await AppendAsync(channel, Runs.Of(2));
        Assert.False(waiting.IsCompleted);

        await AppendAsync(channel, Runs.Of(1));

        await waiting;
        await Log.WaitAsync(channel, 1, Ct);
    }

    [Fact]
    public async Task DeleteAsync_Waiting_EndsWithNotFound()
    {
        ChannelId channel = await CreateAsync();
        await AppendAsync(channel, Runs.Of(2));
        await Log.OpenProducerAsync(channel, "camera", 0, transient: false, owner: null, Ct);
        await Log.CommitAsync(channel, "viewer", 1, allowRewind: false, Ct);
        Task waiting = Log.WaitAsync(channel, 3, Ct);

        await Log.DeleteAsync("faces", Ct);

        await Runs.RefusesAsync(RequestError.NotFound, () => waiting);
        await VerifyGoneAsync(channel);
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.DeleteAsync("faces", Ct));
        ChannelId again = await CreateAsync();
        Assert.NotEqual(channel, again);
        Assert.Equal(1, (await GetAsync()).NextSequence);
        Assert.Empty(await Log.ListConsumersAsync(again, Ct));
    }

    [Fact]
    public async Task DeleteAsync_MoreThanAStep_DisappearsAtOnceAndIsDroppedBySweeps()
    {
        ChannelId channel = await CreateAsync();
        for (int i = 0; i < 20; i++)
            await Task.WhenAll(Enumerable.Range(0, 250).Select(_ => AppendAsync(channel, Runs.Keyed("a"))));

        await Log.DeleteAsync("faces", Ct);

        await VerifyGoneAsync(channel);
        Assert.Empty(await Log.ListAsync(Ct));
        Assert.InRange(Ask<int>("SELECT COUNT(*) FROM frames"), 1, 4999);
        ChannelId again = await CreateAsync();
        await AppendAsync(again, Runs.Keyed("a"));

        await CloseAsync();
        await Log.SweepAsync(Ct);

        Assert.Equal(1, Ask<int>("SELECT COUNT(*) FROM frames"));
        Assert.Equal(1, Ask<int>("SELECT COUNT(*) FROM channels"));
        Assert.Equal(1, Ask<int>("SELECT COUNT(*) FROM keys"));
        await VerifyTotalsAsync();
    }

    [Fact]
    public async Task FindCodesAsync_FollowsTheLog()
    {
        ChannelId channel = await CreateAsync(new Retention(Codes: 1));
        Assert.Empty(await Log.FindCodesAsync(Runs.Version, Ct));
        await AppendAsync(channel, Runs.Of(1));
        Assert.Equal([new VersionCodes("faces", 1)], await Log.FindCodesAsync(Runs.Version, Ct));

        await AppendAsync(channel, Runs.Of(1, version: Runs.OtherVersion));

        Assert.Empty(await Log.FindCodesAsync(Runs.Version, Ct));
        (ChannelRecord second, _) = await Log.CreateAsync("birds", Retention.All, Ct);
        await AppendAsync(second.Id, Runs.Of(3, version: Runs.OtherVersion));
        Assert.Equal([new VersionCodes("birds", 3), new VersionCodes("faces", 1)], await Log.FindCodesAsync(Runs.OtherVersion, Ct));
    }

    private async Task VerifyGoneAsync(ChannelId channel)
    {
        await Runs.RefusesAsync(RequestError.NotFound, () => GetAsync());
        await Runs.RefusesAsync(RequestError.NotFound, () => ReadAsync(channel, 1));
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.ReadLatestAsync(channel, 0, 3, Unbounded, null, Ct));
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.FindSequenceAsync(channel, Now, Ct));
        await Runs.RefusesAsync(RequestError.NotFound, () => AppendAsync(channel, Runs.Of(1)));
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.WaitAsync(channel, 1, Ct));
        await Runs.RefusesAsync(
            RequestError.NotFound,
            () => Log.OpenProducerAsync(channel, "camera", 0, transient: false, owner: null, Ct)
        );
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.RefuseAsync(channel, new("camera", 1, 1), new byte[1], Ct));
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.CommitAsync(channel, "viewer", 1, allowRewind: false, Ct));
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.DeleteConsumerAsync(channel, "viewer", Ct));
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.ListConsumersAsync(channel, Ct));
        Assert.Null(await Log.FindConsumerAsync(channel, "viewer", Ct));
        Assert.Empty(await Log.FindCodesAsync(Runs.Version, Ct));
    }
}
