using Codec.Server;
using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Stores;

/// <summary>Committed positions only move forward, unless a rewind is requested.</summary>
public sealed class ChannelLogConsumerTests : ChannelLogFixture
{
    [Fact]
    public async Task CommitAsync_Earlier_ChangesNothingUnlessARewindIsAllowed()
    {
        ChannelId channel = await CreateAsync();
        await AppendAsync(channel, Runs.Of(9));
        DateTimeOffset first = Now;
        Assert.Equal(new ConsumerRecord("viewer", 5, 5, first), await CommitAsync(channel, "viewer", 5));
        Stores.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(new ConsumerRecord("viewer", 5, 5, first), await CommitAsync(channel, "viewer", 4));
        Assert.Equal(new ConsumerRecord("viewer", 5, 5, Now), await CommitAsync(channel, "viewer", 5));
        Assert.Equal(new ConsumerRecord("viewer", 10, 0, Now), await CommitAsync(channel, "viewer", 10));
        Assert.Equal(new ConsumerRecord("viewer", 1, 9, Now), await Log.CommitAsync(channel, "viewer", 1, allowRewind: true, Ct));
        Assert.Equal(new ConsumerRecord("viewer", 1, 9, Now), await Log.FindConsumerAsync(channel, "viewer", Ct));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(long.MaxValue)]
    public async Task CommitAsync_OutsideTheLog_IsOutOfRange(long sequence)
    {
        ChannelId channel = await CreateAsync();
        await AppendAsync(channel, Runs.Of(2));

        RequestException refusal = await Runs.RefusesAsync(RequestError.OutOfRange, () => CommitAsync(channel, "viewer", sequence));

        Assert.Equal("3", refusal.Metadata["next_sequence"]);
        Assert.Null(await Log.FindConsumerAsync(channel, "viewer", Ct));
    }

    [Fact]
    public async Task CommitAsync_TooMany_IsRefusedForNewOnesOnly()
    {
        Options.MaxConsumers = 2;
        ChannelId channel = await CreateAsync();
        await CommitAsync(channel, "b", 1);
        await CommitAsync(channel, "a", 1);

        RequestException refusal = await Runs.RefusesAsync(RequestError.ResourceExhausted, () => CommitAsync(channel, "c", 1));

        Assert.Contains("--max-consumers", refusal.Message, StringComparison.Ordinal);
        await CommitAsync(channel, "a", 1);
        Assert.Equal(["a", "b"], (await Log.ListConsumersAsync(channel, Ct)).Select(consumer => consumer.Name));
        await Log.DeleteConsumerAsync(channel, "a", Ct);
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.DeleteConsumerAsync(channel, "a", Ct));
        await CommitAsync(channel, "c", 1);
    }

    [Fact]
    public async Task Lag_RetentionOvertakesTheConsumer_CountsTheRemainingCodes()
    {
        ChannelId channel = await CreateAsync(new Retention(Codes: 2));
        await CommitAsync(channel, "viewer", 1);
        for (int i = 0; i < 5; i++)
            await AppendAsync(channel, Runs.Of(1));

        Assert.Equal(new ConsumerRecord("viewer", 1, 2, Now), await Log.FindConsumerAsync(channel, "viewer", Ct));
    }

    [Fact]
    public async Task ListLagsAsync_ManyConsumers_ReturnsTheFurthestBehindWithTheirOldestCode()
    {
        ChannelId faces = await CreateAsync();
        ChannelId cats = await CreateAsync(new Retention(Codes: 2), "cats");
        ChannelId gone = await CreateAsync(name: "gone");
        DateTimeOffset began = Now;
        await AppendAsync(faces, Runs.Of(4));
        await AppendAsync(gone, Runs.Of(9));
        Stores.Time.Advance(TimeSpan.FromSeconds(10));
        await AppendAsync(faces, Runs.Of(2));
        for (int i = 0; i < 5; i++)
            await AppendAsync(cats, Runs.Of(1));

        await CommitAsync(faces, "all", 7);
        await CommitAsync(faces, "half", 3);
        await CommitAsync(faces, "late", 5);
        await CommitAsync(cats, "overtaken", 1);
        await CommitAsync(gone, "gone", 1);
        await Log.DeleteAsync("gone", Ct);

        IReadOnlyList<ConsumerLag> lags = await Log.ListLagsAsync(100, Ct);

        Assert.Equal(new ConsumerLag("faces", "half", 4, began), lags[0]);
        Assert.Equal(
            [new ConsumerLag("cats", "overtaken", 2, Now), new ConsumerLag("faces", "late", 2, Now)],
            lags.Skip(1).Take(2).OrderBy(lag => lag.Channel)
        );
        Assert.Equal(new ConsumerLag("faces", "all", 0, null), lags[3]);
        Assert.Equal(4, lags.Count);
        Assert.Equal([new ConsumerLag("faces", "half", 4, began)], await Log.ListLagsAsync(1, Ct));
    }

    [Fact]
    public async Task Lag_LatestOfEachKey_CountsTheRemainingCodes()
    {
        ChannelId channel = await CreateAsync(new Retention(LatestOfEachKey: true));
        await AppendAsync(channel, Runs.Keyed("a", "b", "c"));
        await CommitAsync(channel, "viewer", 2);
        await AppendAsync(channel, Runs.Keyed("b", null, "a", "b"));

        Assert.Equal(4, (await Log.FindConsumerAsync(channel, "viewer", Ct))!.Lag);
    }

    private Task<ConsumerRecord> CommitAsync(ChannelId channel, string consumer, long sequence) =>
        Log.CommitAsync(channel, consumer, sequence, allowRewind: false, Ct);
}
