using Codec.Server;
using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using CodecServer.Tests.Infrastructure;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CodecServer.Tests.Stores;

public sealed class SqliteChannelLogTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private EmbeddedStores _stores = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private SqliteChannelLog Log => _stores.Log;

    public ValueTask InitializeAsync()
    {
        _stores = new EmbeddedStores(_directory.Path, channels: new ChannelOptions { MaxChannels = 3, MaxProducers = 2 });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stores.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task AppendAsync_SeveralRuns_AreReadFromEverySequence()
    {
        long channel = (await Log.CreateAsync("faces", 0, Ct)).Id;
        CodeRun[] runs = [Runs.Of(3, seed: 1), Runs.Of(1, seed: 10), Runs.Of(300, length: 300, quality: 2, seed: 20)];
        var positions = new List<LogPosition>();
        foreach (CodeRun run in runs)
        {
            positions.Add(await Log.AppendAsync(channel, run, null, Ct));
        }

        Assert.Equal([new(1, 3), new(4, 1), new(5, 300)], positions);
        string[] all = runs.SelectMany(run => run.Codes).Hex();
        foreach (int sequence in new[] { 1, 2, 3, 4, 5, 6, 304, 305 })
        {
            IReadOnlyList<StoredRun> read = await Log.ReadAsync(channel, sequence, int.MaxValue, int.MaxValue, Ct);
            Assert.Equal(all[(sequence - 1)..], read.Hex());
            Assert.Equal(sequence, read.Count > 0 ? read[0].FirstSequence : 305);
            Assert.All(read, stored => Assert.Equal(stored.FirstSequence < 5 ? 1 : 2, stored.Run.Quality));
        }
    }

    [Fact]
    public async Task ReadAsync_Bounds_StopAfterTheRunThatReachesThem()
    {
        long channel = (await Log.CreateAsync("faces", 0, Ct)).Id;
        for (int i = 0; i < 10; i++)
        {
            await Log.AppendAsync(channel, Runs.Of(4, length: 100, seed: i), null, Ct);
        }

        Assert.Equal([1, 5, 9], (await Log.ReadAsync(channel, 1, 9, int.MaxValue, Ct)).Select(run => run.FirstSequence));
        Assert.Equal([3, 5, 9], (await Log.ReadAsync(channel, 3, 10, int.MaxValue, Ct)).Select(run => run.FirstSequence));
        Assert.Equal([1, 5], (await Log.ReadAsync(channel, 1, int.MaxValue, 500, Ct)).Select(run => run.FirstSequence));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(long.MaxValue)]
    public async Task ReadAsync_OutsideTheLog_IsOutOfRangeAndNamesBothEnds(long sequence)
    {
        long channel = (await Log.CreateAsync("faces", 4, Ct)).Id;
        await Log.AppendAsync(channel, Runs.Of(3), null, Ct);
        await Log.AppendAsync(channel, Runs.Of(4), null, Ct);

        RequestException refusal = await Runs.RefusesAsync(
            RequestError.OutOfRange, () => Log.ReadAsync(channel, sequence, 1, 1, Ct));

        Assert.Equal(("4", "8"), (refusal.Metadata["first_sequence"], refusal.Metadata["next_sequence"]));
        Assert.Empty(await Log.ReadAsync(channel, 8, 1, 1, Ct));
    }

    [Theory]
    [InlineData(1, 8, 9)]
    [InlineData(3, 6, 9)]
    [InlineData(4, 4, 9)]
    [InlineData(8, 1, 9)]
    public async Task AppendAsync_Retention_KeepsAtLeastThatManyCodes(long retain, long expectedFirst, long expectedNext)
    {
        long channel = (await Log.CreateAsync("faces", retain, Ct)).Id;
        foreach (int count in new[] { 3, 2, 2, 1 })
        {
            await Log.AppendAsync(channel, Runs.Of(count), null, Ct);
        }

        ChannelRecord record = await Log.GetAsync("faces", Ct);

        Assert.Equal((expectedFirst, expectedNext), (record.FirstSequence, record.NextSequence));
        Assert.Equal(expectedNext - expectedFirst, (await Log.ReadAsync(channel, expectedFirst, 99, 9999, Ct)).Sum(run => run.Run.Codes.Count));
    }

    [Fact]
    public async Task AppendAsync_NamedProducer_StoresEachPositionOnce()
    {
        long channel = (await Log.CreateAsync("faces", 2, Ct)).Id;
        var positions = new List<LogPosition>();
        foreach (long sequence in new long[] { 1, 2, 2, 1, 3, 1 })
        {
            positions.Add(await Log.AppendAsync(channel, Runs.Of(2), new ProducerPosition("camera", sequence), Ct));
        }

        // The first position's codes have left the log by retention; it is recognised all the same.
        Assert.Equal([1, 3, 3, 1, 5, 1], positions.Select(position => position.FirstSequence));
        Assert.Equal(3, await Log.GetProducerSequenceAsync(channel, "camera", Ct));
        Assert.Equal(0, await Log.GetProducerSequenceAsync(channel, "another", Ct));
        Assert.Equal(7, (await Log.GetAsync("faces", Ct)).NextSequence);
    }

    [Fact]
    public async Task AppendAsync_ProducerLeavesAGap_IsOutOfRange()
    {
        long channel = (await Log.CreateAsync("faces", 0, Ct)).Id;
        await Log.AppendAsync(channel, Runs.Of(1), new ProducerPosition("camera", 1), Ct);

        RequestException refusal = await Runs.RefusesAsync(
            RequestError.OutOfRange, () => Log.AppendAsync(channel, Runs.Of(1), new ProducerPosition("camera", 3), Ct));

        Assert.Equal("1", refusal.Metadata["last_producer_sequence"]);
        Assert.Equal(2, (await Log.GetAsync("faces", Ct)).NextSequence);
    }

    [Fact]
    public async Task AppendAsync_PositionOlderThanRemembered_IsOutOfRange()
    {
        long channel = (await Log.CreateAsync("faces", 1, Ct)).Id;
        for (int i = 1; i <= 4098; i += 256)
        {
            int count = Math.Min(256, 4098 - i + 1);
            await Task.WhenAll(Enumerable.Range(i, count).Select(sequence => Log.AppendAsync(channel, Runs.Of(1), new ProducerPosition("camera", sequence), Ct)));
        }

        Assert.Equal(3, (await Log.AppendAsync(channel, Runs.Of(1), new ProducerPosition("camera", 3), Ct)).FirstSequence);
        RequestException refusal = await Runs.RefusesAsync(
            RequestError.OutOfRange, () => Log.AppendAsync(channel, Runs.Of(1), new ProducerPosition("camera", 2), Ct));
        Assert.Equal("PRODUCER_FORGOTTEN", refusal.Reason);
    }

    [Fact]
    public async Task AppendAsync_TooManyProducers_IsRefused()
    {
        long channel = (await Log.CreateAsync("faces", 0, Ct)).Id;
        await Log.AppendAsync(channel, Runs.Of(1), new ProducerPosition("a", 1), Ct);
        await Log.AppendAsync(channel, Runs.Of(1), new ProducerPosition("b", 1), Ct);

        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => Log.AppendAsync(channel, Runs.Of(1), new ProducerPosition("c", 1), Ct));
    }

    [Fact]
    public async Task AppendAsync_CalledWithoutAwaiting_TakesEffectInOrder()
    {
        long channel = (await Log.CreateAsync("faces", 0, Ct)).Id;

        LogPosition[] positions = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => Log.AppendAsync(channel, Runs.Of(1, seed: i), null, Ct)));

        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), positions.Select(position => position.FirstSequence));
    }

    [Fact]
    public async Task WaitAsync_Append_EndsTheWait()
    {
        long channel = (await Log.CreateAsync("faces", 0, Ct)).Id;
        Task waiting = Log.WaitAsync(channel, 3, Ct);
        await Log.AppendAsync(channel, Runs.Of(2), null, Ct);
        Assert.False(waiting.IsCompleted);

        await Log.AppendAsync(channel, Runs.Of(1), null, Ct);

        await waiting;
        await Log.WaitAsync(channel, 1, Ct);
    }

    [Fact]
    public async Task DeleteAsync_Waiting_EndsWithNotFound()
    {
        long channel = (await Log.CreateAsync("faces", 0, Ct)).Id;
        await Log.AppendAsync(channel, Runs.Of(2), null, Ct);
        Task waiting = Log.WaitAsync(channel, 3, Ct);

        await Log.DeleteAsync("faces", Ct);

        await Runs.RefusesAsync(RequestError.NotFound, () => waiting);
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.ReadAsync(channel, 1, 1, 1, Ct));
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.AppendAsync(channel, Runs.Of(1), null, Ct));
        await Runs.RefusesAsync(RequestError.NotFound, () => Log.WaitAsync(channel, 1, Ct));
        Assert.False(await Log.HoldsVersionAsync(Runs.Version, Ct));
        ChannelRecord again = await Log.CreateAsync("faces", 0, Ct);
        Assert.NotEqual(channel, again.Id);
        Assert.Equal(1, again.NextSequence);
    }

    [Fact]
    public async Task CreateAsync_Again_ChangesNothingOrIsRefused()
    {
        ChannelRecord created = await Log.CreateAsync("faces", 5, Ct);
        await Log.AppendAsync(created.Id, Runs.Of(2), null, Ct);

        ChannelRecord again = await Log.CreateAsync("faces", 5, Ct);

        Assert.Equal(created with { NextSequence = 3 }, again);
        Assert.Equal(_stores.Time.GetUtcNow(), again.CreatedAt);
        await Runs.RefusesAsync(RequestError.AlreadyExists, () => Log.CreateAsync("faces", 6, Ct));
        await Log.CreateAsync("b", 0, Ct);
        await Log.CreateAsync("a", 0, Ct);
        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => Log.CreateAsync("c", 0, Ct));
        Assert.Equal(["a", "b", "faces"], (await Log.ListAsync(Ct)).Select(channel => channel.Name));
    }

    [Fact]
    public async Task HoldsVersionAsync_FollowsTheLog()
    {
        long channel = (await Log.CreateAsync("faces", 1, Ct)).Id;
        Assert.False(await Log.HoldsVersionAsync(Runs.Version, Ct));
        await Log.AppendAsync(channel, Runs.Of(1), null, Ct);
        Assert.True(await Log.HoldsVersionAsync(Runs.Version, Ct));

        await Log.AppendAsync(channel, Runs.Of(1, version: Runs.OtherVersion), null, Ct);

        Assert.False(await Log.HoldsVersionAsync(Runs.Version, Ct));
        Assert.True(await Log.HoldsVersionAsync(Runs.OtherVersion, Ct));
    }

    [Fact]
    public async Task Reopen_EverythingAcknowledged_IsThere()
    {
        long channel = (await Log.CreateAsync("faces", 0, Ct)).Id;
        CodeRun run = Runs.Of(5);
        await Log.AppendAsync(channel, run, new ProducerPosition("camera", 1), Ct);
        await _stores.DisposeAsync();

        _stores = new EmbeddedStores(_directory.Path);

        Assert.Equal(run.Codes.Hex(), (await Log.ReadAsync(channel, 1, 99, 9999, Ct)).Hex());
        Assert.Equal(1, (await Log.AppendAsync(channel, run, new ProducerPosition("camera", 1), Ct)).FirstSequence);
        Assert.Equal(6, (await Log.GetAsync("faces", Ct)).NextSequence);
    }

    [Fact]
    public async Task ReadAsync_FrameDamagedOnDisk_IsDataLoss()
    {
        long channel = (await Log.CreateAsync("faces", 0, Ct)).Id;
        await Log.AppendAsync(channel, Runs.Of(5), null, Ct);
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(_directory.Path, "channels.db")}"))
        {
            byte[] frame = connection.QuerySingle<byte[]>("SELECT frame FROM frames");
            frame[20] ^= 1;
            connection.Execute("UPDATE frames SET frame = @frame", new { frame });
        }

        await Runs.RefusesAsync(RequestError.DataLoss, () => Log.ReadAsync(channel, 1, 1, 1, Ct));
    }
}
