using Codec.Server;
using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Stores;

/// <summary>
/// Items that a producer sends twice are stored once, the older of two producers is fenced, and each is forgotten in time.
/// </summary>
public sealed class ChannelLogProducerTests : ChannelLogFixture
{
    [Fact]
    public async Task AppendAsync_NamedProducer_StoresEachPositionOnce()
    {
        ChannelId channel = await CreateAsync(new Retention(Codes: 2));
        long epoch = (await OpenAsync(channel, "camera")).Epoch;
        var positions = new List<ItemOutcome>();
        foreach (long sequence in new long[] { 1, 2, 2, 1, 3, 1 })
            positions.Add(await AppendAsync(channel, "camera", epoch, sequence, Runs.Of(2)));

        // Retention has dropped the first item's codes; the item is still recognized.
        Assert.Equal([1, 3, 3, 1, 5, 1], positions.Select(position => position.FirstSequence));
        Assert.Equal(new ProducerState(epoch, 3), await OpenAsync(channel, "camera", epoch));
        Assert.Equal(7, (await GetAsync()).NextSequence);
    }

    [Fact]
    public async Task RefuseAsync_SentAgain_GetsTheRecordedOutcome()
    {
        ChannelId channel = await CreateAsync();
        long epoch = (await OpenAsync(channel, "camera")).Epoch;
        byte[] refusal = [1, 2, 3];
        await AppendAsync(channel, "camera", epoch, 1);
        ItemOutcome refused = await Log.RefuseAsync(channel, new("camera", epoch, 2), refusal, Ct);
        Assert.Equal((0, 0), (refused.FirstSequence, refused.Count));
        Assert.Equal(refusal, refused.Refusal);
        await AppendAsync(channel, "camera", epoch, 3);
        await CloseAsync();

        // The recorded outcome is the answer, even if the item is valid now.
        Assert.Equal(refusal, (await AppendAsync(channel, "camera", epoch, 2)).Refusal);
        Assert.Equal(refusal, (await Log.RefuseAsync(channel, new("camera", epoch, 2), new byte[] { 9 }, Ct)).Refusal);
        Assert.Equal(new ItemOutcome(1, 1), await Log.RefuseAsync(channel, new("camera", epoch, 1), refusal, Ct));
        await Runs.RefusesAsync(RequestError.OutOfRange, () => Log.RefuseAsync(channel, new("camera", epoch, 5), refusal, Ct));
        Assert.Equal(3, (await OpenAsync(channel, "camera", epoch)).LastSequence);
        Assert.Equal(3, (await GetAsync()).NextSequence);
    }

    [Fact]
    public async Task OpenProducerAsync_NewEpoch_FencesTheOlderStream()
    {
        ChannelId channel = await CreateAsync();
        Assert.Equal(new ProducerState(1, 0), await OpenAsync(channel, "camera"));
        await AppendAsync(channel, "camera", 1, 1);

        Assert.Equal(new ProducerState(2, 1), await OpenAsync(channel, "camera"));

        foreach (
            Func<Task> older in new Func<Task>[]
            {
                () => AppendAsync(channel, "camera", 1, 2),
                () => AppendAsync(channel, "camera", 1, 1),
                () => Log.RefuseAsync(channel, new("camera", 1, 2), new byte[1], Ct),
                () => OpenAsync(channel, "camera", 1),
            }
        )
        {
            RequestException refusal = await Runs.RefusesAsync(RequestError.Aborted, older);
            Assert.Equal(("PRODUCER_FENCED", "2"), (refusal.Reason, refusal.Metadata["producer_epoch"]));
            Assert.Contains("a name of its own", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(2, (await AppendAsync(channel, "camera", 2, 2)).FirstSequence);
        await CloseAsync();
        Assert.Equal(new ProducerState(3, 2), await OpenAsync(channel, "camera"));
    }

    [Fact]
    public async Task AppendAsync_ProducerIsNotRemembered_IsFailedPrecondition()
    {
        ChannelId channel = await CreateAsync();
        foreach (
            Func<Task> request in new Func<Task>[]
            {
                () => AppendAsync(channel, "camera", 1, 1),
                () => Log.RefuseAsync(channel, new("camera", 1, 1), new byte[1], Ct),
                () => OpenAsync(channel, "camera", 1),
            }
        )
        {
            Assert.Equal("PRODUCER_FORGOTTEN", (await Runs.RefusesAsync(RequestError.FailedPrecondition, request)).Reason);
        }

        Assert.Equal(0, (await GetAsync()).Codes);
    }

    [Fact]
    public async Task AppendAsync_ProducerLeavesAGap_IsOutOfRange()
    {
        ChannelId channel = await CreateAsync();
        await OpenAsync(channel, "camera");
        await AppendAsync(channel, "camera", 1, 1);

        RequestException refusal = await Runs.RefusesAsync(RequestError.OutOfRange, () => AppendAsync(channel, "camera", 1, 3));

        Assert.Equal(("PRODUCER_GAP", "1"), (refusal.Reason, refusal.Metadata["last_producer_sequence"]));
        Assert.Equal(2, (await GetAsync()).NextSequence);
    }

    [Fact]
    public async Task AppendAsync_PositionOlderThanRemembered_IsOutOfRange()
    {
        ChannelId channel = await CreateAsync(new Retention(Codes: 1));
        await OpenAsync(channel, "camera");
        for (int i = 1; i <= 4098; i += 256)
        {
            int count = Math.Min(256, 4098 - i + 1);
            await Task.WhenAll(Enumerable.Range(i, count).Select(sequence => AppendAsync(channel, "camera", 1, sequence)));
        }

        Assert.Equal(3, (await AppendAsync(channel, "camera", 1, 3)).FirstSequence);
        RequestException refusal = await Runs.RefusesAsync(RequestError.OutOfRange, () => AppendAsync(channel, "camera", 1, 2));
        Assert.Equal("PUBLICATION_FORGOTTEN", refusal.Reason);
    }

    [Fact]
    public async Task OpenProducerAsync_TooMany_ForgetsTheLeastRecentlyUsedTransientOnesFirst()
    {
        Options.MaxProducers = 3;
        ChannelId channel = await CreateAsync();
        await PublishOnceAsync(channel, "a");
        Stores.Time.Advance(TimeSpan.FromMinutes(1));
        await PublishOnceAsync(channel, "b");
        Stores.Time.Advance(TimeSpan.FromMinutes(1));
        await PublishOnceAsync(channel, "transient", transient: true);
        Stores.Time.Advance(TimeSpan.FromMinutes(1));

        await PublishOnceAsync(channel, "c");
        await VerifyForgottenAsync(channel, "transient");
        await AppendAsync(channel, "a", 1, 2);
        Stores.Time.Advance(TimeSpan.FromMinutes(1));
        long epoch = (await OpenAsync(channel, "d")).Epoch;

        // The producer that has just appended is no longer the least recently used.
        await VerifyForgottenAsync(channel, "b");
        await AppendAsync(channel, "a", 1, 3);
        await AppendAsync(channel, "d", epoch, 1);
    }

    [Fact]
    public async Task OpenProducerAsync_AllHaveOpenStreams_IsRefusedAndForgetsNone()
    {
        Options.MaxProducers = 2;
        ChannelId channel = await CreateAsync();
        await OpenAsync(channel, "transient", transient: true);
        await OpenAsync(channel, "camera");
        Stores.Time.Advance(TimeSpan.FromDays(30));
        await Log.SweepAsync(Ct);

        RequestException refusal = await Runs.RefusesAsync(RequestError.ResourceExhausted, () => OpenAsync(channel, "late"));

        Assert.Equal("TOO_MANY_PRODUCERS", refusal.Reason);
        await AppendAsync(channel, "transient", 1, 1);
        await AppendAsync(channel, "camera", 1, 1);
        await Log.CloseProducerAsync(channel, "camera", 1, answered: true, Ct);
        await OpenAsync(channel, "late");
        await VerifyForgottenAsync(channel, "camera");
        await AppendAsync(channel, "transient", 1, 2);
        Assert.Equal(2, Ask<int>("SELECT producers FROM channels"));
    }

    [Fact]
    public async Task OpenProducerAsync_ThousandsOfShortStreams_AreNeverRefused()
    {
        Options.MaxProducers = 50;
        ChannelId channel = await CreateAsync();
        await OpenAsync(channel, "camera");
        for (int i = 0; i < 3000; i += 30)
            await Task.WhenAll(Enumerable.Range(i, 30).Select(n => PublishOnceAsync(channel, $"{n}", transient: true)));

        Assert.Equal(50, Ask<int>("SELECT COUNT(*) FROM producers"));
        Assert.Equal(50, Ask<int>("SELECT producers FROM channels"));
        await AppendAsync(channel, "camera", 1, 1);
    }

    [Fact]
    public async Task SweepAsync_ProducersUnusedForLong_AreForgotten()
    {
        ChannelId channel = await CreateAsync();
        await PublishOnceAsync(channel, "camera");
        await PublishOnceAsync(channel, "busy");
        await PublishOnceAsync(channel, "transient", transient: true);
        Stores.Time.Advance(TimeSpan.FromMinutes(Options.TransientProducerMinutes) - TimeSpan.FromSeconds(1));
        await Log.SweepAsync(Ct);
        await AppendAsync(channel, "transient", 1, 2);

        Stores.Time.Advance(TimeSpan.FromMinutes(Options.TransientProducerMinutes));
        await Log.SweepAsync(Ct);

        await VerifyForgottenAsync(channel, "transient");
        await AppendAsync(channel, "camera", 1, 2);
        Stores.Time.Advance(TimeSpan.FromHours(Options.ProducerHours) - TimeSpan.FromSeconds(1));
        await AppendAsync(channel, "busy", 1, 2);
        Stores.Time.Advance(TimeSpan.FromSeconds(1));
        await Log.SweepAsync(Ct);

        await VerifyForgottenAsync(channel, "camera");
        await AppendAsync(channel, "busy", 1, 3);
        Assert.Equal(1, Ask<int>("SELECT producers FROM channels"));
        Assert.Equal(3, Ask<int>("SELECT COUNT(*) FROM publications"));
    }

    [Fact]
    public async Task OpenProducerAsync_AfterItWasForgotten_FencesItsOldStream()
    {
        ChannelId channel = await CreateAsync();
        await PublishOnceAsync(channel, "camera");
        Stores.Time.Advance(TimeSpan.FromHours(Options.ProducerHours));
        await Log.SweepAsync(Ct);

        Assert.Equal(new ProducerState(2, 0), await OpenAsync(channel, "camera"));

        // Its next item must not be recorded as one of the new stream.
        Assert.Equal("PRODUCER_FENCED", (await Runs.RefusesAsync(RequestError.Aborted, () => AppendAsync(channel, "camera", 1, 1))).Reason);
    }

    [Fact]
    public async Task CloseProducerAsync_ForgetsWhatWillNotBeRestored()
    {
        ChannelId channel = await CreateAsync();
        await PublishOnceAsync(channel, "camera");
        await OpenAsync(channel, "silent");
        await OpenAsync(channel, "transient", transient: true);
        await OpenAsync(channel, "transient", transient: true);

        await Log.CloseProducerAsync(channel, "silent", 1, answered: false, Ct);
        await Log.CloseProducerAsync(channel, "transient", 1, answered: true, Ct);
        await Log.CloseProducerAsync(channel, "unknown", 1, answered: true, Ct);

        await VerifyForgottenAsync(channel, "silent");
        await AppendAsync(channel, "camera", 1, 2);
        await AppendAsync(channel, "transient", 2, 1);
        await Log.CloseProducerAsync(channel, "transient", 2, answered: false, Ct);
        await OpenAsync(channel, "transient", epoch: 2, transient: true);
        await Log.CloseProducerAsync(channel, "transient", 2, answered: true, Ct);
        await VerifyForgottenAsync(channel, "transient");
        await Log.CloseProducerAsync(channel with { Incarnation = channel.Incarnation + 1 }, "transient", 2, answered: true, Ct);
        Assert.Equal(1, Ask<int>("SELECT producers FROM channels"));
    }

    [Fact]
    public async Task CloseProducerAsync_RestoredByAnotherStream_IsStillRemembered()
    {
        ChannelId channel = await CreateAsync();
        await OpenAsync(channel, "transient", transient: true);
        await OpenAsync(channel, "transient", epoch: 1, transient: true);

        // The server notices late that the first connection broke.
        await Log.CloseProducerAsync(channel, "transient", 1, answered: true, Ct);

        await AppendAsync(channel, "transient", 1, 1);
    }

    /// <summary>Opens a stream, publishes one run, and closes it as if its connection had broken.</summary>
    private async Task PublishOnceAsync(ChannelId channel, string name, bool transient = false)
    {
        long epoch = (await OpenAsync(channel, name, transient: transient)).Epoch;
        await AppendAsync(channel, name, epoch, 1);
        await Log.CloseProducerAsync(channel, name, epoch, answered: false, Ct);
    }

    private Task<ProducerState> OpenAsync(ChannelId channel, string name, long epoch = 0, bool transient = false, string? owner = null) =>
        Log.OpenProducerAsync(channel, name, epoch, transient, owner, Ct);

    private Task<ItemOutcome> AppendAsync(ChannelId channel, string name, long epoch, long sequence, CodeRun? run = null) =>
        Log.AppendAsync(channel, run ?? Runs.Of(1), new ProducerPosition(name, epoch, sequence), Ct);

    private async Task VerifyForgottenAsync(ChannelId channel, string name) =>
        Assert.Equal(
            "PRODUCER_FORGOTTEN",
            (await Runs.RefusesAsync(RequestError.FailedPrecondition, () => AppendAsync(channel, name, 1, 1))).Reason
        );
}
