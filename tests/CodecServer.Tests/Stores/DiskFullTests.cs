using CliWrap.Buffered;
using Codec.Models;
using Codec.Server;
using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using CodecServer.Tests.Infrastructure;
using CodecServer.Tests.Processes;
using Grpc.Core;

namespace CodecServer.Tests.Stores;

/// <summary>On a full disk, acknowledged codes stay, further ones are refused with a reason, and reading still works.</summary>
public sealed class DiskFullTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AppendAsync_DatabaseAtItsLimit_IsRefusedAndTheLogStaysReadable()
    {
        using var directory = new TemporaryDirectory();
        await using var stores = new EmbeddedStores(directory.Path, new StoreOptions { MaxDatabaseBytes = 1 << 20 });

        await FillLogAsync(stores);
    }

    [Fact]
    public async Task AddVersionAsync_DatabaseAtItsLimit_IsRefusedAndTheRegistryStaysReadable()
    {
        using var directory = new TemporaryDirectory();
        await using var stores = new EmbeddedStores(directory.Path, new StoreOptions { MaxDatabaseBytes = 1 << 20 });

        await FillRegistryAsync(stores);
    }

    [Fact]
    public async Task AppendAsync_RetentionFreesEnough_ContinuesAtTheLimit()
    {
        using var directory = new TemporaryDirectory();
        await using var stores = new EmbeddedStores(directory.Path, new StoreOptions { MaxDatabaseBytes = 1 << 20 });
        ChannelId channel = (await stores.Log.CreateAsync("faces", new Retention(Codes: 4), Ct)).Channel.Id;

        for (int i = 0; i < 50; i++)
            await stores.Log.AppendAsync(channel, Runs.Of(1, length: 100_000, seed: i), null, Ct);

        Assert.Equal(51, (await stores.Log.GetAsync("faces", Ct)).NextSequence);
    }

    [Fact]
    public async Task EveryStore_FileSystemIsFull_RefusesAndStaysReadable()
    {
        using var directory = new TemporaryDirectory();
        await using SmallFileSystem disk = await SmallFileSystem.MountAsync(directory.Path, megabytes: 6);
        byte[] blob = Blobs.Random(1 << 20, seed: 1);
        await using (var stores = new EmbeddedStores(directory.Path))
        {
            await stores.Blobs.AppendAsync(new BlobEntry(Digest.Of(blob), blob.Length), 0, Chunks(blob), Ct);
            await FillLogAsync(stores);
            await FillRegistryAsync(stores);

            byte[] another = Blobs.Random(1 << 20, seed: 2);
            RequestException refusal = await Runs.RefusesAsync(
                RequestError.ResourceExhausted,
                () => stores.Blobs.AppendAsync(new BlobEntry(Digest.Of(another), another.Length), 0, Chunks(another), Ct)
            );
            Assert.Contains("disk is full", refusal.Message, StringComparison.Ordinal);
            await using Stream read = await stores.Blobs.OpenAsync(Digest.Of(blob), Ct);
            Assert.Equal(Digest.Of(blob), Digest.FromBytes(await System.Security.Cryptography.SHA256.HashDataAsync(read, Ct)));
        }

        // The full store opens again and holds what it acknowledged.
        await using var reopened = new EmbeddedStores(directory.Path);
        ChannelRecord channel = await reopened.Log.GetAsync("faces", Ct);
        Assert.Single((await reopened.Log.ReadAsync(channel.Id, channel.NextSequence - 1, new ReadBounds(1, 1), null, Ct)).Codes);
    }

    [Fact]
    public async Task DeleteAsync_DatabasesAtTheirLimit_FreeSpaceForNewCodesAndVersions()
    {
        using var directory = new TemporaryDirectory();
        await using (var full = new EmbeddedStores(directory.Path, new StoreOptions { MaxDatabaseBytes = 1 << 20 }))
        {
            await FillLogAsync(full);
            await FillRegistryAsync(full);
        }

        // Also after a restart.
        await using var stores = new EmbeddedStores(directory.Path, new StoreOptions { MaxDatabaseBytes = 1 << 20 });

        await EmptyAsync(stores);
    }

    [Theory]
    [InlineData(16, 10_000)]
    [InlineData(32, 10_000)]
    [InlineData(64, 10_000)]
    [InlineData(32, 350_000)]
    [InlineData(40, 350_000)]
    public async Task DeleteAsync_FileSystemIsFull_FreesSpaceForNewCodesAndVersions(int megabytes, int codeBytes)
    {
        using var directory = new TemporaryDirectory();
        await using SmallFileSystem disk = await SmallFileSystem.MountAsync(directory.Path, megabytes);
        await using var stores = new EmbeddedStores(directory.Path);
        await stores.Log.CreateAsync("small", Retention.All, Ct);
        await FillLogAsync(stores, codeBytes);
        await FillRegistryAsync(stores);
        FillRest(directory.Path);

        await EmptyAsync(stores);

        Assert.False(stores.Reserve.IsReleased);
        Assert.Null(stores.Reserve.Problem);
    }

    /// <summary>A reader, such as a backup, keeps the write-ahead log from being moved while the disk fills.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeleteAsync_LogOfMostOfTheDisk_FreesSpaceOnceTheReaderIsGone(bool deletesBefore)
    {
        using var directory = new TemporaryDirectory();
        await using SmallFileSystem disk = await SmallFileSystem.MountAsync(directory.Path, megabytes: 64);
        await using var stores = new EmbeddedStores(directory.Path);
        string log = directory.File("channels.db");
        using (var reader = new DatabaseSnapshot(log))
        {
            await FillLogAsync(stores, codeBytes: 350_000);
            Assert.InRange(new FileInfo(log + "-wal").Length, 16 << 20, 48 << 20);
            Assert.NotNull(stores.Reserve.Problem);
            if (deletesBefore)
            {
                await stores.Log.DeleteAsync("faces", Ct);
                try
                {
                    await stores.Log.SweepAsync(Ct);
                }
                catch (RequestException refusal)
                {
                    Assert.Equal("DISK_FULL", refusal.Reason);
                }
            }
        }

        if (!deletesBefore)
            await stores.Log.DeleteAsync("faces", Ct);

        await stores.Log.SweepAsync(Ct);

        Assert.Null(stores.Reserve.Problem);
        Assert.InRange(stores.Reserve.FreeBytes!.Value, 50 << 20, 64 << 20);
        await FillLogAsync(stores);
    }

    [Fact]
    public async Task SweepAsync_FullBecauseOfALogThatAReaderKept_WritesHaveRoomAgain()
    {
        using var directory = new TemporaryDirectory();
        await using SmallFileSystem disk = await SmallFileSystem.MountAsync(directory.Path, megabytes: 64);
        await using var stores = new EmbeddedStores(directory.Path);
        using (var reader = new DatabaseSnapshot(directory.File("channels.db")))
        {
            await FillLogAsync(stores, codeBytes: 350_000);
        }

        await stores.Log.SweepAsync(Ct);

        Assert.Null(stores.Reserve.Problem);
        ChannelId channel = (await stores.Log.GetAsync("faces", Ct)).Id;
        await stores.Log.AppendAsync(channel, Runs.Of(1, length: 350_000), null, Ct);
    }

    [Fact]
    public async Task Start_AfterAKillOnAFullDisk_ServesReadsReportsItAndCanBeEmptied()
    {
        using var directory = new TemporaryDirectory();
        await using SmallFileSystem disk = await SmallFileSystem.MountAsync(directory.Path, megabytes: 64);
        await using (CalledServer filling = await CalledServer.StartAsync(directory.Path))
        {
            await filling.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
            await filling.Channels.CommitConsumerAsync(
                new()
                {
                    Channel = "faces",
                    Consumer = "one",
                    NextSequence = 1,
                },
                Rpc.Options
            );
            await filling.Process.KillAsync();
        }

        foreach (string shared in Directory.GetFiles(directory.Path, "*-shm"))
        {
            // A pod that moves to another node may find the files without it.
            File.Delete(shared);
        }

        FillRest(directory.Path);
        await using CalledServer server = await CalledServer.StartAsync(directory.Path);

        Assert.Equal(
            "one",
            Assert.Single((await server.Channels.ListConsumersAsync(new() { Channel = "faces" }, Rpc.Options)).Consumers).Name
        );
        Assert.Contains("The disk is full", server.Process.Output, StringComparison.Ordinal);
        RpcException refusal = await Rpc.FailsAsync(
            StatusCode.ResourceExhausted,
            async () => await server.Channels.CreateChannelAsync(new() { Name = "another" }, Rpc.Options)
        );
        Assert.Equal("DISK_FULL", refusal.Reason());
        await server.Channels.DeleteChannelAsync(new() { Name = "faces" }, Rpc.Options);
        File.Delete(directory.File("filler"));
        await server.Channels.CreateChannelAsync(new() { Name = "another" }, Rpc.Options);
    }

    /// <summary>Each refused call gives one line: a full disk must not fill the log, too.</summary>
    [Fact]
    public async Task Call_DatabaseAtItsLimit_IsLoggedWithItsCauseAndWithoutATrace()
    {
        using var directory = new TemporaryDirectory();
        await using CalledServer server = await CalledServer.StartAsync(directory.Path, args: ["--max-database-bytes", "120000"]);

        RpcException refusal = await Rpc.FailsAsync(
            StatusCode.ResourceExhausted,
            async () =>
            {
                for (int i = 0; ; i++)
                    await server.Channels.CreateChannelAsync(new() { Name = $"{i}" }, Rpc.Options);
            }
        );

        Assert.Equal("DISK_FULL", refusal.Reason());
        string line = Assert.Single(server.Process.Output.Split('\n'), line => line.Contains("[302]", StringComparison.Ordinal));
        Assert.EndsWith(
            "/codec.v1.ChannelService/CreateChannel refused: the store is full: SQLite Error 13: 'database or disk is full'.",
            line.TrimEnd(),
            StringComparison.Ordinal
        );
    }

    /// <summary>Writes a file until the disk has no byte left.</summary>
    [Fact]
    public async Task KeysRevoke_FileSystemIsFull_RevokesAndLeavesNoPart()
    {
        using var directory = new TemporaryDirectory();
        await using SmallFileSystem disk = await SmallFileSystem.MountAsync(directory.Path, megabytes: 6);
        var store = new FileCredentialStore(directory.File("credentials.json"), TimeProvider.System);
        string[] ids = [.. Enumerable.Range(0, 40).Select(i => $"{i:D12}")];
        foreach (string id in ids)
            await store.AddAsync(Credential(id), Ct);
        FillRest(directory.Path);

        foreach (string id in ids.Take(20))
            Assert.NotNull(await store.RevokeAsync(id, "operator@host", Ct));

        Assert.Equal(
            20,
            new CredentialFile(store.Place, TimeProvider.System).Read()!.Count(credential => credential.RevokedAt is not null)
        );
    }

    [Fact]
    public async Task KeysCreate_FileSystemIsFull_SaysSoAndLeavesNoPart()
    {
        using var directory = new TemporaryDirectory();
        await using SmallFileSystem disk = await SmallFileSystem.MountAsync(directory.Path, megabytes: 6);
        directory.Write("credentials.json.lock", "");
        FillRest(directory.Path);
        var store = new FileCredentialStore(directory.File("credentials.json"), TimeProvider.System);

        StoreException refused = await Assert.ThrowsAsync<StoreException>(() => store.AddAsync(Credential("1"), Ct));

        Assert.Contains("No space left on device", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Free a few kilobytes of the disk", refused.Message, StringComparison.Ordinal);
        Assert.Equal(
            ["credentials.json.lock", "filler"],
            Directory.GetFileSystemEntries(directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    private static CredentialRecord Credential(string id) =>
        new()
        {
            Id = id,
            Name = "anna",
            Roles = ["encode"],
            Sha256 = new string('0', 64),
        };

    private static void FillRest(string directory)
    {
        using FileStream file = File.Create(Path.Combine(directory, "filler"), bufferSize: 0);
        byte[] page = Blobs.Random(4096, seed: 1);
        try
        {
            while (true)
                file.Write(page);
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }

    /// <summary>Deletes the channel and half of the versions of full stores, and stores new ones.</summary>
    private static async Task EmptyAsync(EmbeddedStores stores)
    {
        await stores.Log.DeleteAsync("faces", Ct);
        await stores.Log.SweepAsync(Ct);
        IReadOnlyList<VersionRecord> versions = (await stores.Registry.ListVersionsAsync("faces", new PageRequest(4000), Ct)).Items;
        foreach (VersionRecord version in versions.Take(versions.Count / 2 + 1))
            await stores.Registry.DeleteVersionAsync("faces", version.Digest, Ct);

        await stores.Registry.SweepAsync(Ct);
        (ChannelRecord channel, _) = await stores.Log.CreateAsync("faces", Retention.All, Ct);
        await stores.Log.AppendAsync(channel.Id, Runs.Of(1, length: 10_000), null, Ct);
        byte[] manifest = Blobs.Random(10_000, seed: 12345);
        await stores.Registry.AddVersionAsync(new NewVersion("faces", Digest.Of(manifest), "anna", 10_000, manifest, []), Ct);
    }

    private static async Task FillLogAsync(EmbeddedStores stores, int codeBytes = 10_000)
    {
        (ChannelRecord channel, _) = await stores.Log.CreateAsync("faces", Retention.All, Ct);
        long acknowledged = 0;
        RequestException refusal = await Runs.RefusesAsync(
            RequestError.ResourceExhausted,
            async () =>
            {
                while (true)
                {
                    acknowledged = (
                        await stores.Log.AppendAsync(channel.Id, Runs.Of(1, codeBytes, seed: (int)acknowledged), null, Ct)
                    ).FirstSequence;
                }
            }
        );

        Assert.Contains("disk is full", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(acknowledged, 10, 10_000);
        Assert.Equal(acknowledged + 1, (await stores.Log.GetAsync("faces", Ct)).NextSequence);
        for (long sequence = 1; sequence <= acknowledged; sequence++)
        {
            LogPage page = await stores.Log.ReadAsync(channel.Id, sequence, new ReadBounds(1, 1), null, Ct);
            Assert.Equal(Runs.Of(1, codeBytes, seed: (int)sequence - 1).Codes.Hex(), page.Hex());
        }
    }

    private static async Task FillRegistryAsync(EmbeddedStores stores)
    {
        var acknowledged = new List<Digest>();
        RequestException refusal = await Runs.RefusesAsync(
            RequestError.ResourceExhausted,
            async () =>
            {
                while (true)
                {
                    byte[] manifest = Blobs.Random(50_000, seed: acknowledged.Count);
                    var version = new NewVersion("faces", Digest.Of(manifest), "anna", manifest.Length, manifest, []);
                    acknowledged.Add((await stores.Registry.AddVersionAsync(version, Ct)).Version.Digest);
                }
            }
        );

        Assert.Contains("disk is full", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(
            acknowledged.Count,
            (await stores.Registry.ListVersionsAsync("faces", new PageRequest(PageRequest.Most), Ct)).Items.Count
        );
        foreach (Digest digest in acknowledged)
            Assert.Equal(digest, Digest.Of(await stores.Registry.ReadManifestAsync(digest, Ct)));
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Chunks(byte[] bytes)
    {
        for (int at = 0; at < bytes.Length; at += Blobs.ChunkSize)
        {
            yield return bytes.AsMemory(at, Math.Min(Blobs.ChunkSize, bytes.Length - at));
            await Task.Yield();
        }
    }
}
