using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Stores;

/// <summary>What is read from a tail is what the database has, and no more is kept than the bound.</summary>
public sealed class ChannelTailTests : ChannelLogFixture
{
    [Fact]
    public async Task ReadAsync_FromTheTailAndFromTheDatabase_IsEqual()
    {
        ChannelId channel = await CreateAsync();
        await ReadAsync(channel, 1);
        for (int seed = 0; seed < 5; seed++)
            await AppendAsync(channel, Runs.Of(3, 40, quality: 1, Runs.Version, seed));
        LogPage[] recent = [.. await Task.WhenAll(Enumerable.Range(1, 16).Select(sequence => ReadAsync(channel, sequence)))];

        await CloseAsync();
        for (int sequence = 1; sequence <= 16; sequence++)
        {
            LogPage stored = await ReadAsync(channel, sequence);
            Assert.Equal(stored.NextSequence, recent[sequence - 1].NextSequence);
            Assert.Equal(stored.Codes.Select(code => code.Sequence), recent[sequence - 1].Codes.Select(code => code.Sequence));
            Assert.Equal(stored.Codes.Select(code => code.Code).Hex(), recent[sequence - 1].Codes.Select(code => code.Code).Hex());
        }
    }

    [Fact]
    public void TryRead_RowsThatLeftOrNeverCame_AreLeftToTheDatabase()
    {
        var tail = new ChannelTail(new RecentRows(1 << 20));
        Assert.Null(tail.TryRead(1, Unbounded, filter: null));

        tail.Append([Row(5), Row(6), Row(7)], first: 1);
        Assert.Null(tail.TryRead(4, Unbounded, filter: null));
        Assert.Empty(tail.TryRead(8, Unbounded, filter: null)!.Codes);

        tail.Drop(first: 7);
        Assert.Null(tail.TryRead(6, Unbounded, filter: null));

        // Rows that do not follow replace those before.
        tail.Append([Row(20)], first: 1);
        Assert.Null(tail.TryRead(7, Unbounded, filter: null));
    }

    [Fact]
    public void Append_MoreBytesThanAllTailsMayKeep_ForgetsTheOldest()
    {
        var recent = new RecentRows(10 * 1256);
        (ChannelTail first, ChannelTail second) = (new ChannelTail(recent), new ChannelTail(recent));
        first.Append([Row(1)], first: 1);
        for (int sequence = 1; sequence <= 10; sequence++)
            second.Append([Row(sequence)], first: 1);

        Assert.Null(first.TryRead(1, Unbounded, filter: null));
        Assert.Empty(first.TryRead(2, Unbounded, filter: null)!.Codes);
    }

    [Fact]
    public async Task WaitAsync_ChannelIsDeleted_EndsAndNothingIsRead()
    {
        var tail = new ChannelTail(new RecentRows(1 << 20));
        tail.Append([Row(1)], first: 1);
        Task<bool> waiting = tail.WaitAsync(2, Ct);
        Assert.True(await tail.WaitAsync(1, Ct));
        Assert.False(waiting.IsCompleted);

        tail.Delete();

        Assert.False(await waiting);
        Assert.Null(tail.TryRead(2, Unbounded, filter: null));
    }

    private static FrameRow Row(long sequence) => new(sequence, 1, Runs.Version.Hex, 0, [], new byte[1000]);
}
