using Codec.Server;
using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Stores;

/// <summary>Reading in order: bounds, filters, times and damaged rows.</summary>
public sealed class ChannelLogReadingTests : ChannelLogFixture
{
    [Fact]
    public async Task ReadAsync_Bounds_StopAfterTheRunThatReachesThem()
    {
        ChannelId channel = await CreateAsync();
        for (int i = 0; i < 10; i++)
            await AppendAsync(channel, Runs.Of(4, length: 100, seed: i));

        Assert.Equal((12, 13), await CountAsync(1, new ReadBounds(9, int.MaxValue)));
        Assert.Equal((10, 13), await CountAsync(3, new ReadBounds(10, int.MaxValue)));
        Assert.Equal((8, 9), await CountAsync(1, new ReadBounds(int.MaxValue, 500)));
        Assert.Equal((4, 5), await CountAsync(1, new ReadBounds(1, 1)));

        async Task<(int Codes, long Next)> CountAsync(long sequence, ReadBounds bounds)
        {
            LogPage page = await Log.ReadAsync(channel, sequence, bounds, null, Ct);
            Assert.Equal(sequence, page.Codes[0].Sequence);
            return (page.Codes.Count, page.NextSequence);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(long.MaxValue)]
    public async Task ReadAsync_OutsideTheLog_IsOutOfRangeAndNamesBothEnds(long sequence)
    {
        ChannelId channel = await CreateAsync(new Retention(Codes: 4));
        await AppendAsync(channel, Runs.Of(3));
        await AppendAsync(channel, Runs.Of(4));

        RequestException refusal = await Runs.RefusesAsync(RequestError.OutOfRange, () => ReadAsync(channel, sequence));

        Assert.Equal(("4", "8"), (refusal.Metadata["first_sequence"], refusal.Metadata["next_sequence"]));
        LogPage end = await ReadAsync(channel, 8);
        Assert.Equal((0, 8), (end.Codes.Count, end.NextSequence));
    }

    [Fact]
    public async Task ReadAsync_Filter_SelectsItsKeysAndPrefixes()
    {
        ChannelId channel = await CreateAsync();
        await AppendAsync(channel, Runs.Keyed("a", "b/1", null, "b/2", "c"));
        await AppendAsync(channel, Runs.Of(2));
        await AppendAsync(channel, Runs.Keyed("bb", "a"));

        Assert.Equal("1,2,4,9 then 10", await FilterAsync(1, new KeyFilter(new HashSet<string> { "a" }, ["b/"])));
        Assert.Equal("4,9 then 10", await FilterAsync(3, new KeyFilter(new HashSet<string> { "a" }, ["b/"])));
        Assert.Equal(" then 10", await FilterAsync(1, new KeyFilter(new HashSet<string> { "d" }, [])));
        Assert.Equal(" then 10", await FilterAsync(10, new KeyFilter(new HashSet<string> { "a" }, [])));

        async Task<string> FilterAsync(long sequence, KeyFilter filter)
        {
            LogPage page = await ReadAsync(channel, sequence, filter);
            return $"{string.Join(',', page.Sequences())} then {page.NextSequence}";
        }
    }

    [Fact]
    public async Task ReadAsync_FilterThatMatchesNothing_StopsAtABoundAndReturnsItsPosition()
    {
        ChannelId channel = await CreateAsync();
        byte[] large = Blobs.Random(1 << 20, seed: 1);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => AppendAsync(channel, Runs.Of(1) with { Codes = [large] })));
        for (int i = 0; i < 20; i++)
            await Task.WhenAll(Enumerable.Range(0, 250).Select(_ => AppendAsync(channel, Runs.Of(1))));

        await AppendAsync(channel, Runs.Keyed("a"));
        var filter = new KeyFilter(new HashSet<string> { "a" }, []);

        // 8 MiB; then 4,096 rows, beginning with the 4 large ones; then the rest.
        LogPage bytes = await ReadAsync(channel, 1, filter);
        Assert.Equal((0, 9), (bytes.Codes.Count, bytes.NextSequence));
        LogPage rows = await ReadAsync(channel, 9, filter);
        Assert.Equal((0, 9 + 4096), (rows.Codes.Count, rows.NextSequence));
        LogPage rest = await ReadAsync(channel, rows.NextSequence, filter);
        Assert.Equal([5013], rest.Sequences());
        Assert.Equal(5014, rest.NextSequence);
    }

    [Theory]
    [InlineData("frame = CAST(X'12' || SUBSTR(frame, 2) AS BLOB)")]
    [InlineData("frame = CAST(SUBSTR(frame, 1, 20) || X'FFFE' || SUBSTR(frame, 23) AS BLOB)")]
    [InlineData("frame = SUBSTR(frame, 1, LENGTH(frame) - 1)")]
    [InlineData("frame = X''")]
    [InlineData("lengths = X'1919'")]
    [InlineData("lengths = X'191920'")]
    [InlineData("lengths = X'1919FF'")]
    [InlineData("lengths = X'FFFFFFFFFFFF'")]
    [InlineData("version_id = 77")]
    public async Task ReadAsync_RowIsDamaged_ReturnsTheCodesBeforeItThenReportsItThenContinues(string damage)
    {
        ChannelId channel = await CreateAsync();
        for (int i = 0; i < 3; i++)
            await AppendAsync(channel, Runs.Keyed("a", "b", "c"));

        Assert.Equal(1, Tamper($"PRAGMA foreign_keys = OFF; UPDATE frames SET {damage} WHERE first_sequence = 4"));

        LogPage before = await ReadAsync(channel, 2);
        Assert.Equal([2, 3], before.Sequences());
        Assert.Equal((4, null), (before.NextSequence, before.Damage));
        LogPage damaged = await ReadAsync(channel, before.NextSequence);
        Assert.Equal((0, 7, 4, 3), (damaged.Codes.Count, damaged.NextSequence, damaged.Damage!.FirstSequence, damaged.Damage.Count));
        Assert.NotEmpty(damaged.Damage.Message);
        LogPage middle = await ReadAsync(channel, 5);
        Assert.Equal((5, 2), (middle.Damage!.FirstSequence, middle.Damage.Count));
        Assert.Equal([7, 8, 9], (await ReadAsync(channel, damaged.NextSequence)).Sequences());

        // A filter cannot tell whether a damaged code would match.
        Assert.Equal(4, (await ReadAsync(channel, 1, new KeyFilter(new HashSet<string> { "d" }, []))).Damage!.FirstSequence);
    }

    [Fact]
    public async Task ReadAsync_DigestOrInfoIsDamaged_IsDamage()
    {
        ChannelId channel = await CreateAsync();
        await AppendAsync(channel, Runs.Keyed("a"));
        byte[] frame = Ask<byte[]>("SELECT frame FROM frames");
        int key = frame.AsSpan().IndexOf("a"u8);
        frame[key] = 1;
        System.IO.Hashing.Crc32.Hash(frame.AsSpan(..^4)).CopyTo(frame, frame.Length - 4);

        // The checksum matches, but the info block is invalid.
        Tamper("UPDATE frames SET frame = @frame", new { frame });
        Assert.Contains("info", (await ReadAsync(channel, 1)).Damage!.Message, StringComparison.Ordinal);

        Tamper("UPDATE code_versions SET digest = 'noise'");
        await AppendAsync(channel, Runs.Keyed("a"));
        Assert.Equal([2], (await ReadAsync(channel, 2)).Sequences());
        Tamper("UPDATE code_versions SET digest = digest || '-'");
        Assert.Contains("digest", (await ReadAsync(channel, 2)).Damage!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadLatestAsync_NewestOfEachKey_InOrderPageByPage()
    {
        ChannelId channel = await CreateAsync();
        await AppendAsync(channel, Runs.Keyed("a", "b", "c", null));
        await AppendAsync(channel, Runs.Keyed("b", "d/1", "b"));
        await AppendAsync(channel, Runs.Keyed("d/2", "a"));

        Assert.Equal("3,6,7,8,9 then 10", await LatestAsync(0, 10, Unbounded));
        Assert.Equal("3,6 then 7", await LatestAsync(0, 10, new ReadBounds(2, int.MaxValue)));
        Assert.Equal("7,8 then 9", await LatestAsync(6, 10, new ReadBounds(2, int.MaxValue)));
        Assert.Equal("9 then 10", await LatestAsync(8, 10, new ReadBounds(2, int.MaxValue)));
        Assert.Equal("3 then 4", await LatestAsync(0, 10, new ReadBounds(int.MaxValue, 1)));
        Assert.Equal("3,6,7 then 8", await LatestAsync(0, 8, Unbounded));
        Assert.Equal("6,8,9 then 10", await LatestAsync(0, 10, Unbounded, new KeyFilter(new HashSet<string> { "a" }, ["d/"])));
        LogPage page = await Log.ReadLatestAsync(channel, 0, 10, Unbounded, null, Ct);
        Assert.Equal(["c", "d/1", "b", "d/2", "a"], page.Codes.Select(code => code.Info.Key));
        Assert.Equal((await ReadAsync(channel, 9)).Hex(), page.Codes.TakeLast(1).Select(code => code.Code).Hex());

        async Task<string> LatestAsync(long after, long end, ReadBounds bounds, KeyFilter? filter = null)
        {
            LogPage latest = await Log.ReadLatestAsync(channel, after, end, bounds, filter, Ct);
            return $"{string.Join(',', latest.Sequences())} then {latest.NextSequence}";
        }
    }

    [Fact]
    public async Task ReadLatestAsync_RowIsDamaged_ReturnsTheCodesBeforeItThenReportsItThenContinues()
    {
        ChannelId channel = await CreateAsync();
        await AppendAsync(channel, Runs.Keyed("a", "b"));
        await AppendAsync(channel, Runs.Keyed("c", "d"));
        await AppendAsync(channel, Runs.Keyed("e"));
        Tamper("UPDATE frames SET frame = X'00' WHERE first_sequence = 3");

        LogPage before = await Log.ReadLatestAsync(channel, 0, 6, Unbounded, null, Ct);
        LogPage damaged = await Log.ReadLatestAsync(channel, before.NextSequence - 1, 6, Unbounded, null, Ct);
        LogPage after = await Log.ReadLatestAsync(channel, damaged.NextSequence - 1, 6, Unbounded, null, Ct);

        Assert.Equal([1, 2], before.Sequences());
        Assert.Equal((3, 2, 5), (damaged.Damage!.FirstSequence, damaged.Damage.Count, damaged.NextSequence));
        Assert.Equal([5], after.Sequences());
    }

    [Fact]
    public async Task ReadLatestAsync_FilterThatMatchesNothing_StopsAtABoundAndReturnsItsPosition()
    {
        ChannelId channel = await CreateAsync();
        await AppendAsync(channel, Runs.Keyed([.. Enumerable.Range(0, 4096).Select(i => $"{i}")]));
        await AppendAsync(channel, Runs.Keyed("a"));
        var filter = new KeyFilter(new HashSet<string> { "a" }, []);

        LogPage page = await Log.ReadLatestAsync(channel, 0, 4098, Unbounded, filter, Ct);

        Assert.Equal((0, 4097), (page.Codes.Count, page.NextSequence));
        Assert.Equal([4097], (await Log.ReadLatestAsync(channel, 4096, 4098, Unbounded, filter, Ct)).Sequences());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FindSequenceAsync_FindsTheFirstCodeStoredThenOrLater(bool latestOfEachKey)
    {
        ChannelId channel = await CreateAsync(new Retention(LatestOfEachKey: latestOfEachKey));
        DateTimeOffset start = Now;
        Assert.Equal(1, await Log.FindSequenceAsync(channel, start, Ct));
        for (int i = 0; i < 50; i++)
        {
            await AppendAsync(channel, Runs.Of(1 + i % 3));
            Stores.Time.Advance(TimeSpan.FromSeconds(i % 2));
        }

        IReadOnlyList<StoredCode> codes = (await ReadAsync(channel, 1)).Codes;
        for (int second = -1; second <= 26; second++)
        {
            DateTimeOffset time = start.AddSeconds(second);
            long expected = codes.Where(code => code.StoredAt >= time).Select(code => code.Sequence).FirstOrDefault(codes.Count + 1);
            Assert.Equal(expected, await Log.FindSequenceAsync(channel, time, Ct));
        }
    }
}
