using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Stores;

/// <summary>Space of dropped codes returns to the disk, unless the next codes will reuse it.</summary>
public sealed class ChannelLogSpaceTests : ChannelLogFixture
{
    private const int Megabyte = 1 << 20;

    private long FileBytes => new FileInfo(Database).Length;

    [Fact]
    public async Task SweepAsync_AfterALargeChannelWasDeleted_TheFileShrinks()
    {
        ChannelId small = await CreateAsync(name: "small");
        await AppendAsync(small, Runs.Of(10));
        await FillAsync(await CreateAsync(), megabytes: 20);

        // The last few megabytes may still be in the write-ahead log.
        Assert.InRange(FileBytes, 14 * Megabyte, 24 * Megabyte);
        await Log.DeleteAsync("faces", Ct);

        await Log.SweepAsync(Ct);

        Assert.InRange(FileBytes, 1, Megabyte);
        Assert.Equal(0, new FileInfo(Database + "-wal").Length);
        Assert.Equal(Runs.Of(10).Codes.Hex(), (await ReadAsync(small, 1)).Hex());
        Assert.Equal("ok", Ask<string>("PRAGMA integrity_check"));
    }

    [Fact]
    public async Task SweepAsync_AfterCodesExpired_TheFileShrinks()
    {
        ChannelId channel = await CreateAsync(new Retention(Age: TimeSpan.FromMinutes(1)));
        await FillAsync(channel, megabytes: 20);
        Stores.Time.Advance(TimeSpan.FromMinutes(1));

        await Log.SweepAsync(Ct);

        Assert.InRange(FileBytes, 1, Megabyte);
        Assert.Equal((0, 0), await GetAsync() is var record ? (record.Codes, record.Bytes) : default);
        await AppendAsync(channel, Runs.Of(1));
        await VerifyTotalsAsync();
    }

    [Fact]
    public async Task SweepAsync_FewFreePages_StayForTheNextCodes()
    {
        await FillAsync(await CreateAsync(name: "large"), megabytes: 16);
        await FillAsync(await CreateAsync(), megabytes: 2);
        await Log.DeleteAsync("faces", Ct);
        int free = Ask<int>("PRAGMA freelist_count");
        Assert.InRange(free, 500, 600);

        await Log.SweepAsync(Ct);

        Assert.Equal(free, Ask<int>("PRAGMA freelist_count"));
    }

    [Fact]
    public async Task SweepAsync_ReaderHoldsTheFile_TheNextSweepTruncatesIt()
    {
        await FillAsync(await CreateAsync(), megabytes: 8);
        await Log.DeleteAsync("faces", Ct);
        using (var reader = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            reader.Open();
            using Microsoft.Data.Sqlite.SqliteTransaction snapshot = reader.BeginTransaction(deferred: true);
            Dapper.SqlMapper.ExecuteScalar<int>(reader, "SELECT COUNT(*) FROM channels");

            await Log.SweepAsync(Ct);

            Assert.InRange(FileBytes, 2 * Megabyte, 10 * Megabyte);
        }

        await Log.SweepAsync(Ct);

        Assert.InRange(FileBytes, 1, Megabyte);
    }

    [Fact]
    public async Task AppendAsync_SteadyRetentionByBytes_DoesNotGrowTheFile()
    {
        ChannelId channel = await CreateAsync(new Retention(Bytes: 2 * Megabyte));
        await FillAsync(channel, megabytes: 3);
        await Log.SweepAsync(Ct);
        long pages = Ask<long>("PRAGMA page_count");

        await FillAsync(channel, megabytes: 8);
        await Log.SweepAsync(Ct);

        Assert.InRange(Ask<long>("PRAGMA page_count"), pages - 64, pages + 64);
        await VerifyTotalsAsync();
    }

    private async Task FillAsync(ChannelId channel, int megabytes)
    {
        for (int i = 0; i < megabytes; i++)
            await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => AppendAsync(channel, Runs.Of(4, length: 16 << 10))));
    }
}
