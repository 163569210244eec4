using Codec.Frames;
using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Stores;

/// <summary>Appending: acknowledged codes are in the log, with their info.</summary>
public sealed class ChannelLogAppendingTests : ChannelLogFixture
{
    [Fact]
    public async Task AppendAsync_SeveralRuns_AreReadFromEverySequence()
    {
        ChannelId channel = await CreateAsync();
        CodeRun[] runs = [Runs.Of(3, seed: 1), Runs.Of(1, seed: 10), Runs.Of(300, length: 300, quality: 2, seed: 20)];
        var positions = new List<ItemOutcome>();
        foreach (CodeRun run in runs)
            positions.Add(await AppendAsync(channel, run));

        Assert.Equal([new(1, 3), new(4, 1), new(5, 300)], positions);
        string[] all = runs.SelectMany(run => run.Codes).Hex();
        foreach (int sequence in new[] { 1, 2, 3, 4, 5, 6, 304, 305 })
        {
            LogPage page = await ReadAsync(channel, sequence);
            Assert.Equal(all[(sequence - 1)..], page.Hex());
            Assert.Equal(Enumerable.Range(sequence, 305 - sequence).Select(i => (long)i), page.Sequences());
            Assert.Equal((305, null), (page.NextSequence, page.Damage));
            Assert.All(page.Codes, code => Assert.Equal((code.Sequence < 5 ? 1 : 2, Runs.Version), (code.Quality, code.Version)));
        }
    }

    [Fact]
    public async Task AppendAsync_Info_IsKeptWithoutGapsAndTimesOfStoring()
    {
        ChannelId channel = await CreateAsync();
        CodeInfo[] infos =
        [
            new() { Key = "camera-1", CapturedAt = Now.AddMinutes(-1) },
            CodeInfo.None,
            new()
            {
                Key = "camera-2",
                Headers = new Dictionary<string, string> { ["room"] = "5" },
                StoredAt = Now.AddYears(-1),
            },
        ];

        await AppendAsync(channel, Runs.Of(3) with { Info = new FrameInfo(infos, [0, 7, 0]) });

        LogPage page = await ReadAsync(channel, 1);
        Assert.Equal([infos[0], infos[1], infos[2] with { StoredAt = null }], page.Codes.Select(code => code.Info));
        Assert.All(page.Codes, code => Assert.Equal(Now, code.StoredAt));
        Assert.Equal([1, 2, 3], page.Sequences());
        await VerifyTotalsAsync();
    }

    [Fact]
    public async Task AppendAsync_ClockIsSetBack_TimesOfStoringDoNotDecrease()
    {
        Stores.Time.AutoAdvanceAmount = TimeSpan.Zero;
        ChannelId channel = await CreateAsync();
        DateTimeOffset later = Now.AddHours(1);
        Stores.Time.SetUtcNow(later);
        await AppendAsync(channel, Runs.Of(1));
        await CloseAsync();

        // The reopened stores have a new clock, an hour earlier.
        await AppendAsync(channel, Runs.Of(1));

        Assert.True(Now < later);
        Assert.Equal([later, later], (await ReadAsync(channel, 1)).Codes.Select(code => code.StoredAt));
    }

    [Fact]
    public async Task AppendAsync_LongRun_IsReadInPartsOfABoundedSize()
    {
        ChannelId channel = await CreateAsync();
        CodeRun run = Runs.Of(100, length: 10_000);

        Assert.Equal(new ItemOutcome(1, 100), await AppendAsync(channel, run));

        LogPage page = await Log.ReadAsync(channel, 1, new ReadBounds(1, 1), null, Ct);
        Assert.InRange(page.Codes.Count, 1, 6);
        Assert.Equal(run.Codes.Hex(), (await ReadAsync(channel, 1)).Hex());
        await VerifyTotalsAsync();
    }

    [Fact]
    public async Task AppendAsync_CalledWithoutAwaiting_TakesEffectInOrder()
    {
        ChannelId channel = await CreateAsync();

        ItemOutcome[] positions = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => AppendAsync(channel, Runs.Of(1, seed: i))));

        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), positions.Select(position => position.FirstSequence));
    }

    [Fact]
    public async Task Reopen_EverythingAcknowledged_IsThere()
    {
        ChannelId channel = await CreateAsync();
        long epoch = (await Log.OpenProducerAsync(channel, "camera", 0, transient: false, owner: null, Ct)).Epoch;
        CodeRun run = Runs.Keyed("a", "b", "a");
        await Log.AppendAsync(channel, run, new ProducerPosition("camera", epoch, 1), Ct);
        await Log.CommitAsync(channel, "viewer", 3, allowRewind: false, Ct);

        await CloseAsync();

        Assert.Equal(run.Codes.Hex(), (await ReadAsync(channel, 1)).Hex());
        Assert.Equal(1, (await Log.AppendAsync(channel, run, new ProducerPosition("camera", epoch, 1), Ct)).FirstSequence);
        Assert.Equal(new ProducerState(epoch, 1), await Log.OpenProducerAsync(channel, "camera", epoch, transient: false, owner: null, Ct));
        Assert.Equal(new ConsumerRecord("viewer", 3, 1, Now), await Log.FindConsumerAsync(channel, "viewer", Ct));
        Assert.Equal(4, (await GetAsync()).NextSequence);
        await VerifyTotalsAsync();
    }
}
