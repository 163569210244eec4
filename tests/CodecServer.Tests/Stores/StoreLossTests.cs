using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Microsoft.Data.Sqlite;

namespace CodecServer.Tests.Stores;

/// <summary>A store that lost something says so before it serves, and begins anew only when it is told to.</summary>
public sealed class StoreLossTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private readonly TemporaryDirectory _killed = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _directory.Dispose();
        _killed.Dispose();
    }

    [Theory]
    [InlineData("half of the log's tail", "channels.db has ")]
    [InlineData("the log's tail", "channels.db has ")]
    [InlineData("channels.db", "channels.db is missing")]
    [InlineData("registry.db", "registry.db is missing")]
    [InlineData("both databases", "registry.db is missing")]
    [InlineData("another log", "channels.db is not the database that the store had")]
    public async Task Open_SomethingIsLost_SaysSoInOneLine(string loss, string expected)
    {
        await FillAndKillAsync();
        Lose(loss);

        StoreException refused = Assert.Throws<StoreException>(() => new EmbeddedStores(_killed.Path));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Contains("--accept-loss", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        SqliteConnection.ClearAllPools();
        await using (var accepted = new EmbeddedStores(_killed.Path, new StoreOptions { AcceptLoss = true }))
        {
            await accepted.Log.CreateAsync("another", Retention.All, Ct);
        }

        await using var again = new EmbeddedStores(_killed.Path);
        Assert.Equal("another", (await again.Log.GetAsync("another", Ct)).Name);
    }

    [Fact]
    public async Task Open_AfterAKill_IsNoLoss()
    {
        await FillAndKillAsync();

        await using var stores = new EmbeddedStores(_killed.Path);

        Assert.Equal(601, (await stores.Log.GetAsync("faces", Ct)).NextSequence);
    }

    [Fact]
    public async Task Open_MarksAreGone_IsTheStoreOfAnOlderServer()
    {
        await FillAndKillAsync();
        File.Delete(_killed.File("marks"));

        await using var stores = new EmbeddedStores(_killed.Path);

        Assert.Equal(601, (await stores.Log.GetAsync("faces", Ct)).NextSequence);
    }

    /// <summary>A copy of the directory without marks, such as a restored one, before its first start.</summary>
    [Theory]
    [InlineData("registry.db")]
    [InlineData("channels.db")]
    public async Task Open_DatabaseIsEmptyBesideBlobs_SaysSoInOneLine(string database)
    {
        await FillAndKillAsync();
        File.Delete(_killed.File("marks"));
        Delete(database);
        _killed.Write(database, "");

        StoreException refused = Assert.Throws<StoreException>(() => new EmbeddedStores(_killed.Path));

        Assert.Contains($"{database} is empty, while other data of the store exists.", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--accept-loss", refused.Message, StringComparison.Ordinal);
        // What the refused start left is still recognized.
        SqliteConnection.ClearAllPools();
        Assert.Equal(refused.Message, Assert.Throws<StoreException>(() => new EmbeddedStores(_killed.Path)).Message);
        SqliteConnection.ClearAllPools();
        await new EmbeddedStores(_killed.Path, new StoreOptions { AcceptLoss = true }).DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_FirstStartWasKilledBetweenTheDatabases_IsNoLoss(bool hadCreatedTheSecond)
    {
        await using (var stores = new EmbeddedStores(_directory.Path)) { }

        SqliteConnection.ClearAllPools();
        File.Delete(_directory.File("channels.db"));
        if (hadCreatedTheSecond)
            _directory.Write("channels.db", "");
        byte[] marks = await File.ReadAllBytesAsync(_directory.File("marks"), Ct);
        await File.WriteAllBytesAsync(_directory.File("marks"), marks[..512], Ct);

        await using var again = new EmbeddedStores(_directory.Path);
        Assert.Empty(await again.Log.ListAsync(Ct));
    }

    /// <summary>Stores 600 codes, and copies the directory while it is open: what a killed process leaves.</summary>
    private async Task FillAndKillAsync()
    {
        await using var stores = new EmbeddedStores(_directory.Path);
        byte[] blob = Blobs.Random(1000, seed: 1);
        await stores.Blobs.AppendAsync(
            new Codec.Models.BlobEntry(Codec.Models.Digest.Of(blob), blob.Length),
            0,
            new[] { (ReadOnlyMemory<byte>)blob }.ToAsyncEnumerable(),
            Ct
        );
        ChannelId channel = (await stores.Log.CreateAsync("faces", Retention.All, Ct)).Channel.Id;
        for (int i = 0; i < 60; i++)
            await stores.Log.AppendAsync(channel, Runs.Of(10, seed: i), null, Ct);

        foreach (string file in Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(_directory.Path, file);
            if (name is not "lock" && !name.EndsWith("-shm", StringComparison.Ordinal))
            {
                using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var bytes = new MemoryStream();
                await from.CopyToAsync(bytes, Ct);
                _killed.Write(name, bytes.ToArray());
            }
        }
    }

    private void Lose(string loss)
    {
        var log = new FileInfo(_killed.File("channels.db-wal"));
        switch (loss)
        {
            case "half of the log's tail":
                using (FileStream file = log.OpenWrite())
                {
                    file.SetLength(log.Length / 2);
                }

                break;
            case "the log's tail":
                log.Delete();
                break;
            case "both databases":
                Delete("registry.db");
                Delete("channels.db");
                break;
            case "another log":
                Delete("channels.db");
                using (var other = new TemporaryDirectory())
                {
                    new EmbeddedStores(other.Path).DisposeAsync().AsTask().GetAwaiter().GetResult();
                    SqliteConnection.ClearAllPools();
                    File.Copy(other.File("channels.db"), _killed.File("channels.db"));
                }

                break;
            default:
                Delete(loss);
                break;
        }
    }

    private void Delete(string database)
    {
        foreach (string file in Directory.GetFiles(_killed.Path, database + "*"))
            File.Delete(file);
    }
}
