using Codec.Server;
using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Stores;

/// <summary>Retention keeps at least what every bound protects, drops whole rows, and keeps exact totals.</summary>
public sealed class ChannelLogRetentionTests : ChannelLogFixture
{
    [Theory]
    [InlineData(1, 8, 9)]
    [InlineData(3, 6, 9)]
    [InlineData(4, 4, 9)]
    [InlineData(8, 1, 9)]
    public async Task AppendAsync_ByCodes_KeepsAtLeastThatMany(long retain, long expectedFirst, long expectedNext)
    {
        await CreateAndFillAsync(new Retention(Codes: retain));

        ChannelRecord record = await GetAsync();

        Assert.Equal((expectedFirst, expectedNext), (record.FirstSequence, record.NextSequence));
        Assert.Equal(expectedNext - expectedFirst, record.Codes);
        await VerifyTotalsAsync();
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(10, 8)]
    [InlineData(11, 6)]
    [InlineData(30, 6)]
    [InlineData(31, 4)]
    [InlineData(80, 1)]
    public async Task AppendAsync_ByBytes_KeepsAtLeastThatMany(long retain, long expectedFirst)
    {
        await CreateAndFillAsync(new Retention(Bytes: retain));

        ChannelRecord record = await GetAsync();

        Assert.Equal((expectedFirst, (9 - expectedFirst) * 10), (record.FirstSequence, record.Bytes));
        await VerifyTotalsAsync();
    }

    [Fact]
    public async Task AppendAsync_ByAge_DropsOldCodesOfThisChannel()
    {
        var retention = new Retention(Age: TimeSpan.FromSeconds(60));
        ChannelId channel = await CreateAsync(retention);
        await AppendAsync(channel, Runs.Keyed("a", "b"));
        Stores.Time.Advance(TimeSpan.FromSeconds(30));
        await AppendAsync(channel, Runs.Keyed("a"));
        Stores.Time.Advance(TimeSpan.FromSeconds(29.999));
        await AppendAsync(channel, Runs.Of(1));
        Assert.Equal(1, (await GetAsync()).FirstSequence);

        Stores.Time.Advance(TimeSpan.FromSeconds(0.001));
        await AppendAsync(channel, Runs.Of(1));

        Assert.Equal(3, (await GetAsync()).FirstSequence);
        await Runs.RefusesAsync(RequestError.OutOfRange, () => ReadAsync(channel, 1));
        await VerifyTotalsAsync();
    }

    [Fact]
    public async Task SweepAsync_ByAge_DropsOldCodesOfAllChannels()
    {
        ChannelId old = await CreateAsync(new Retention(Age: TimeSpan.FromSeconds(60)), "old");
        await AppendAsync(old, Runs.Keyed("a", "b"));
        ChannelId young = await CreateAsync(new Retention(Age: TimeSpan.FromSeconds(600)), "young");
        await AppendAsync(young, Runs.Keyed("a", "b"));
        ChannelId all = await CreateAsync(name: "all");
        await AppendAsync(all, Runs.Keyed("a", "b"));

        Stores.Time.Advance(TimeSpan.FromSeconds(60));
        await Log.SweepAsync(Ct);

        ChannelRecord empty = await GetAsync("old");
        Assert.Equal((3, 3, 0, 0), (empty.FirstSequence, empty.NextSequence, empty.Codes, empty.Bytes));
        Assert.Equal([1, 1], new[] { await GetAsync("young"), await GetAsync("all") }.Select(record => record.FirstSequence));
        LogPage page = await ReadAsync(old, 3);
        Assert.Equal((0, 3), (page.Codes.Count, page.NextSequence));
        foreach (string name in new[] { "old", "young", "all" })
            await VerifyTotalsAsync(name);
    }

    [Fact]
    public async Task SweepAsync_MoreThanAStep_DropsAll()
    {
        ChannelId channel = await CreateAsync(new Retention(Age: TimeSpan.FromSeconds(60)));
        for (int i = 0; i < 20; i++)
            await Task.WhenAll(Enumerable.Range(0, 250).Select(_ => AppendAsync(channel, Runs.Of(1))));

        Stores.Time.Advance(TimeSpan.FromSeconds(60));
        await Log.SweepAsync(Ct);

        Assert.Equal((5001, 0), ((await GetAsync()).FirstSequence, Ask<int>("SELECT COUNT(*) FROM frames")));
    }

    [Fact]
    public async Task AppendAsync_SeveralBounds_AnyOfThemDrops()
    {
        ChannelId channel = await CreateAsync(new Retention(Codes: 4, Age: TimeSpan.FromSeconds(60), Bytes: 1000));
        await AppendAsync(channel, Runs.Of(1, length: 10));
        await AppendAsync(channel, Runs.Of(4, length: 10));
        Assert.Equal(2, (await GetAsync()).FirstSequence);

        await AppendAsync(channel, Runs.Of(1, length: 1000));
        Assert.Equal(6, (await GetAsync()).FirstSequence);

        Stores.Time.Advance(TimeSpan.FromSeconds(60));
        await AppendAsync(channel, Runs.Of(1, length: 10));
        Assert.Equal(7, (await GetAsync()).FirstSequence);
        await VerifyTotalsAsync();
    }

    [Fact]
    public async Task AppendAsync_LatestOfEachKey_DropsSupersededCodesAtOnce()
    {
        ChannelId channel = await CreateAsync(new Retention(LatestOfEachKey: true));
        await AppendAsync(channel, Runs.Keyed("a", "b", null, "a", null));
        Assert.Equal([2, 3, 4, 5], (await ReadAsync(channel, 1)).Sequences());
        Assert.Equal(new ItemOutcome(6, 2), await AppendAsync(channel, Runs.Keyed("b", "b")));

        LogPage page = await ReadAsync(channel, 1);

        Assert.Equal([3, 4, 5, 7], page.Sequences());
        Assert.Equal(8, page.NextSequence);
        Assert.Equal([null, "a", null, "b"], page.Codes.Select(code => code.Info.Key));

        // Compaction leaves gaps, but moves neither end of the log: a reader in a gap continues.
        ChannelRecord record = await GetAsync();
        Assert.Equal((1, 8, 4), (record.FirstSequence, record.NextSequence, record.Codes));
        Assert.Equal([7], (await ReadAsync(channel, 6)).Sequences());
        Assert.Equal([4, 7], (await Log.ReadLatestAsync(channel, 0, 8, Unbounded, null, Ct)).Sequences());
        await VerifyTotalsAsync();
    }

    [Fact]
    public async Task AppendAsync_LatestOfEachKeyWithOtherBounds_AppliesThemToo()
    {
        ChannelId channel = await CreateAsync(new Retention(Codes: 3, Age: TimeSpan.FromSeconds(60), LatestOfEachKey: true));
        await AppendAsync(channel, Runs.Keyed("a", "b", "c", "a"));
        Assert.Equal([2, 3, 4], (await ReadAsync(channel, 1)).Sequences());

        await AppendAsync(channel, Runs.Keyed("d"));
        Assert.Equal([3, 4, 5], (await ReadAsync(channel, 1)).Sequences());
        Assert.Equal(3, (await GetAsync()).FirstSequence);
        await VerifyTotalsAsync();

        Stores.Time.Advance(TimeSpan.FromSeconds(60));
        await Log.SweepAsync(Ct);
        ChannelRecord record = await GetAsync();
        Assert.Equal((6, 6, 0), (record.FirstSequence, record.NextSequence, record.Codes));
        await VerifyTotalsAsync();
    }

    [Fact]
    public async Task AppendAsync_ManyRunsOfEveryKind_TotalsEqualARecount()
    {
        var random = new Random(5);
        Retention[] kinds =
        [
            new(Codes: 40),
            new(Bytes: 2000),
            new(Age: TimeSpan.FromSeconds(20)),
            new(LatestOfEachKey: true),
            new(Codes: 10, Age: TimeSpan.FromSeconds(30), Bytes: 1000, LatestOfEachKey: true),
        ];
        ChannelId[] channels = new ChannelId[kinds.Length];
        for (int i = 0; i < kinds.Length; i++)
            channels[i] = await CreateAsync(kinds[i], $"{i}");

        for (int i = 0; i < 150; i++)
        {
            string?[] keys = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(4) == 0 ? null : $"{random.Next(12)}")];
            await Task.WhenAll(channels.Select(channel => AppendAsync(channel, Runs.Keyed(random.Next(1, 60), keys))));
            Stores.Time.Advance(TimeSpan.FromSeconds(random.Next(3)));
            if (i % 30 == 0)
                await Log.SweepAsync(Ct);
        }

        for (int i = 0; i < kinds.Length; i++)
            await VerifyTotalsAsync($"{i}");
    }

    private async Task CreateAndFillAsync(Retention retention)
    {
        ChannelId channel = await CreateAsync(retention);
        foreach (int count in new[] { 3, 2, 2, 1 })
            await AppendAsync(channel, Runs.Of(count, length: 10));
    }
}
