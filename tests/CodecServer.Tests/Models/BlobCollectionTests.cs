using Codec.Models;
using Codec.Server.Models;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using V1 = Codec.V1;

namespace CodecServer.Tests.Models;

/// <summary>Blobs that no version lists leave after a time; blobs of versions, and those that a publisher has just found, stay.</summary>
public sealed class BlobCollectionTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2040, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CollectAsync_UnlistedAndOld_AreDeletedAndTheOthersStay()
    {
        await using TestServer server = await StartAsync();
        ModelPackage package = SmallModel.Create();
        await server.PublishAsync(package);
        byte[] orphan = Blobs.Random(1000, seed: 1),
            partial = Blobs.Random(1000, seed: 2),
            young = Blobs.Random(1000, seed: 3);
        await server.Models.UploadAsync(orphan);
        await server.Models.UploadAsync(Blobs.Ref(partial), partial, end: 700);
        _time.Advance(TimeSpan.FromHours(23));
        await server.Models.UploadAsync(young);
        await CollectAsync(server);
        Assert.True(await IsCompleteAsync(server, young));
        Assert.Equal(700, (await QueryAsync(server, partial)).CommittedSize);
        Assert.Equal(package.Blobs.Count + 3, Files(server));

        _time.Advance(TimeSpan.FromHours(2));
        await CollectAsync(server);

        Assert.Equal(package.Blobs.Count + 1, Files(server));
        Assert.False(await IsCompleteAsync(server, orphan));
        Assert.True(await IsCompleteAsync(server, young));
        Assert.Equal(0, (await QueryAsync(server, partial)).CommittedSize);
        foreach ((Digest digest, ReadOnlyMemory<byte> bytes) in package.Blobs)
            Assert.Equal(bytes.ToArray(), await server.Models.DownloadAsync(digest.Hex));
    }

    [Fact]
    public async Task CollectAsync_PublisherHasJustFoundTheBlobs_TheyStayForItsPublication()
    {
        await using TestServer server = await StartAsync();
        ModelPackage package = SmallModel.Create();
        await server.UploadBlobsAsync(package);
        _time.Advance(TimeSpan.FromDays(3));

        // The publisher asks, sends nothing because every blob is there, and publishes after the next collection.
        await server.UploadBlobsAsync(package);
        await CollectAsync(server);

        await server.PublishAsync(package);
    }

    [Fact]
    public async Task CollectAsync_UploadInProgress_Stays()
    {
        using var directory = new TemporaryDirectory();
        await using var stores = new EmbeddedStores(directory.Path);
        byte[] bytes = Blobs.Random(1000, seed: 4);
        var blob = new BlobEntry(Digest.Of(bytes), bytes.Length);
        await stores.Blobs.AppendAsync(blob, 0, new[] { (ReadOnlyMemory<byte>)bytes.AsMemory(0, 300) }.ToAsyncEnumerable(), Ct);
        stores.Time.Advance(TimeSpan.FromDays(3));

        BlobState state = await stores.Blobs.AppendAsync(blob, 300, RestAsync(), Ct);

        Assert.True(state.Complete);

        async IAsyncEnumerable<ReadOnlyMemory<byte>> RestAsync()
        {
            Assert.Equal(default, await stores.Blobs.CollectAsync(TimeSpan.FromHours(1), new HashSet<Digest>(), Ct));
            yield return bytes.AsMemory(300);
        }
    }

    [Fact]
    public async Task CollectAsync_ManyOrphansOfAnOlderServer_AllLeave()
    {
        await using TestServer server = await StartAsync();
        DataDirectory directory = server.App.Services.GetRequiredService<DataDirectory>();
        for (int i = 0; i < 505; i++)
        {
            byte[] bytes = Blobs.Random(100, seed: i);
            string folder = i % 2 == 0 ? directory.Uploads : Path.Combine(directory.Blobs, Digest.Of(bytes).Hex[..2]);
            Directory.CreateDirectory(folder);
            await File.WriteAllBytesAsync(Path.Combine(folder, Digest.Of(bytes).Hex), bytes, Ct);
        }

        await CollectAsync(server);

        Assert.Equal(0, Files(server));
    }

    private static Task CollectAsync(TestServer server) => server.App.Services.GetRequiredService<ModelPublisher>().CollectAsync(Ct);

    private static int Files(TestServer server)
    {
        DataDirectory directory = server.App.Services.GetRequiredService<DataDirectory>();
        return Directory.GetFiles(directory.Blobs, "*", SearchOption.AllDirectories).Length + Directory.GetFiles(directory.Uploads).Length;
    }

    private static async Task<bool> IsCompleteAsync(TestServer server, byte[] bytes) => (await QueryAsync(server, bytes)).Complete;

    private static async Task<V1.QueryBlobResponse> QueryAsync(TestServer server, byte[] bytes) =>
        await server.Models.QueryBlobAsync(new() { Blob = Blobs.Ref(bytes) }, Rpc.Options);

    private Task<TestServer> StartAsync() =>
        TestServer.StartAsync([], dataDirectory: null, configure: services => services.AddSingleton<TimeProvider>(_time));
}
