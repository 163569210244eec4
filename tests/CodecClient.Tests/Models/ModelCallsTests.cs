using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using V1 = Codec.V1;

namespace Codec.Client.Tests.Models;

/// <summary>Models, versions and aliases between the real client and the real server.</summary>
public sealed class ModelCallsTests
{
    private const string Model = "small-8";
    private const string Identity = "trainer@lab";

    private static readonly ModelPackage First = SmallModel.Create(note: "first");
    private static readonly ModelPackage Second = SmallModel.Create(note: "second", step: 9f);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Alias_SetAndDeletedByRevision_KeepsItsHistory()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = Create(server);
        DateTimeOffset before = TimeProvider.System.GetUtcNow();
        await client.UploadModelAsync(First, cancellationToken: Token);
        await client.UploadModelAsync(Second, cancellationToken: Token);

        AliasInfo made = await client.SetAliasAsync(Model, "canary", First.Version, expectedRevision: 0, Token);
        AliasInfo moved = await client.SetAliasAsync(Model, "canary", Second.Version, made.Revision, Token);
        ConflictException late = await Assert.ThrowsAsync<ConflictException>(() =>
            client.SetAliasAsync(Model, "canary", First.Version, made.Revision, Token)
        );
        ConflictException lateDeletion = await Assert.ThrowsAsync<ConflictException>(() =>
            client.DeleteAliasAsync(Model, "canary", made.Revision, Token)
        );
        Assert.Equal([moved], await client.ListAliasesAsync(Model, Token));
        await client.DeleteAliasAsync(Model, "canary", moved.Revision, Token);
        AliasInfo again = await client.SetAliasAsync(Model, "canary", First.Version, cancellationToken: Token);

        Assert.Equal((2, 2), (late.CurrentRevision, lateDeletion.CurrentRevision));
        IReadOnlyList<AliasInfo> history = await client.ListAliasHistoryAsync(Model, "canary", Token);
        Assert.Equal(
            [(4, First.Version), (3, null), (2, Second.Version), (1, First.Version)],
            history.Select(entry => (entry.Revision, entry.Version))
        );
        Assert.Equal([again, moved, made], history.Where(entry => entry.Version is not null));
        Assert.All(
            history,
            entry =>
            {
                Assert.Equal((Model, "canary", Identity), (entry.Model, entry.Name, entry.MovedBy));
                Assert.InRange(entry.MovedAt, before.AddSeconds(-1), TimeProvider.System.GetUtcNow().AddSeconds(1));
            }
        );
    }

    [Fact]
    public async Task Alias_SplitAndRolledBack_KeepsItsHistory()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = Create(server);
        await Servers.PublishAsync(client, First);
        await client.UploadModelAsync(Second, cancellationToken: Token);
        AliasTarget[] targets = [new(First.Version, 95), new(Second.Version, 5)];

        AliasInfo split = await client.SplitAliasAsync(Model, "live", targets, expectedRevision: 1, Token);
        ConflictException late = await Assert.ThrowsAsync<ConflictException>(() => client.RollbackAliasAsync(Model, "live", 1, Token));
        AliasInfo back = await client.RollbackAliasAsync(Model, "live", cancellationToken: Token);

        Assert.Equal(targets, split.Targets);
        Assert.Equal((First.Version, 2, null, 2), (split.Version, split.Revision, split.RestoredRevision, late.CurrentRevision));
        Assert.Equal((First.Version, 3, 1, 0), (back.Version, back.Revision, back.RestoredRevision, back.Targets.Count));
        Assert.Equal([back, split], (await client.ListAliasHistoryAsync(Model, "live", Token)).Take(2));
        Assert.NotEqual(split, split with { Targets = [] });
        await Assert.ThrowsAsync<InvalidRequestException>(() => client.SplitAliasAsync(Model, "live", [new(First.Version, 0)], 3, Token));
        await Assert.ThrowsAsync<InvalidRequestException>(() => client.RollbackAliasAsync(Model, "live", 3, Token));
    }

    [Fact]
    public async Task ListModels_SeveralPages_AreReadToTheLast()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.OnListModels = request =>
            request.PageToken switch
            {
                "" => new() { Models = { new V1.Model { Name = "a" } }, NextPageToken = "1" },
                "1" => new() { NextPageToken = "2" },
                _ => new() { Models = { new V1.Model { Name = "b" } } },
            };
        using var client = new CodecClient(Clients.Options(server.Address));

        Assert.Equal(["a", "b"], (await client.ListModelsAsync(Token)).Select(model => model.Name));

        server.Models.OnListModels = _ => new() { NextPageToken = "1" };
        await Assert.ThrowsAsync<CorruptDataException>(() => client.ListModelsAsync(Token));
    }

    [Fact]
    public async Task DeleteAlias_NoRevision_DeletesWhatItIs()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Create(server);

        await client.DeleteAliasAsync(Model, "live", cancellationToken: Token);

        Assert.DoesNotContain(await client.ListAliasesAsync(Model, Token), alias => alias.Version is not null);
        await Assert.ThrowsAsync<NotFoundException>(() => client.GetLocalModelAsync(Model, cancellationToken: Token));
        await Assert.ThrowsAsync<NotFoundException>(() => client.SetAliasAsync(Model, "live", Digest.Of([1]), cancellationToken: Token));
    }

    [Fact]
    public async Task Upload_Model_ReportsProgressAndListsIt()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = Create(server);
        Assert.Empty(await client.ListModelsAsync(Token));
        var first = new ProgressRecorder();
        var second = new ProgressRecorder();
        long total = First.Manifest.Blobs.Sum(blob => blob.Size);

        VersionInfo version = await client.UploadModelAsync(First, first, Token);
        VersionInfo again = await client.UploadModelAsync(First, second, Token);
        await client.SetAliasAsync(Model, "live", version.Digest, cancellationToken: Token);

        Assert.Equal(0, first.Reports[0].Sent);
        Assert.Equal(new UploadProgress(total, total), first.Reports[^1]);
        Assert.All(first.Reports, report => Assert.Equal(total, report.Total));
        Assert.Equal(first.Reports.Select(report => report.Sent).Order(), first.Reports.Select(report => report.Sent));
        // The server has everything already: one report for each blob.
        Assert.Equal(First.Manifest.Blobs.Count(), second.Reports.Count);
        Assert.Equal(version, again);
        Assert.Equal((Model, First.Version, Identity), (version.Model, version.Digest, version.Publisher));
        Assert.Equal(First.ManifestBytes.Length + total, version.Size);
        Assert.InRange(version.PublishedAt, TimeProvider.System.GetUtcNow().AddMinutes(-2), TimeProvider.System.GetUtcNow().AddSeconds(1));

        ModelInfo model = Assert.Single(await client.ListModelsAsync(Token));
        Assert.Equal((Model, 1), (model.Name, model.Versions));
        Assert.Equal(await client.ListAliasesAsync(Model, Token), model.Aliases);
    }

    [Fact]
    public async Task Upload_BlobThatNeitherSideHas_NamesIt()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = Create(server);
        BlobEntry missing = First.Manifest.Encoder;
        var partial = new ModelPackage(
            First.ManifestBytes,
            First.Blobs.Where(blob => blob.Key != missing.Digest).ToDictionary(blob => blob.Key, blob => blob.Value)
        );

        var failure = await Assert.ThrowsAsync<InvalidRequestException>(() => client.UploadModelAsync(partial, cancellationToken: Token));
        Assert.Contains(missing.Digest.Hex, failure.Message, StringComparison.Ordinal);

        // Blobs that the server has may be missing from the package.
        await client.UploadModelAsync(First, cancellationToken: Token);
        Assert.Equal(First.Version, (await client.UploadModelAsync(partial, cancellationToken: Token)).Digest);
    }

    [Fact]
    public async Task DeleteVersion_Force_MovesThePublisherAndReportsItsCodes()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = Create(server);
        await Servers.PublishAsync(client, First);
        await client.CreateChannelAsync("faces", cancellationToken: Token);
        await using ChannelPublisher publisher = await client.OpenPublisherAsync("faces", Model, 1, cancellationToken: Token);
        await publisher.PublishAsync(Clients.Source(1), cancellationToken: Token);
        await Servers.PublishAsync(client, Second);

        await Assert.ThrowsAsync<InvalidRequestException>(() => client.DeleteVersionAsync(Model, First.Version, cancellationToken: Token));
        await client.DeleteVersionAsync(Model, First.Version, force: true, Token);
        await publisher.PublishAsync(Clients.Source(2), cancellationToken: Token);

        // A client that has the decoder in no cache.
        using CodecClient viewer = Create(server);
        CorruptDataException lost = await Assert.ThrowsAsync<CorruptDataException>(() =>
            viewer.SubscribeAsync("faces", new() { From = SubscribeFrom.Start }, Token).FirstAsync(1)
        );
        Assert.Equal((1, 2), (lost.Sequence, lost.NextSequence));
        DecodedImage image = Assert.Single(await viewer.SubscribeAsync("faces", new() { From = SubscribeFrom.At(2) }, Token).FirstAsync(1));
        Assert.Equal(Second.Version, image.Version);
    }

    [Fact]
    public async Task Versions_PublishedAndDeleted_AreListedNewestFirst()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = Create(server);
        await Servers.PublishAsync(client, First);
        VersionInfo second = await client.UploadModelAsync(Second, cancellationToken: Token);
        Assert.Equal([Second.Version, First.Version], (await client.ListVersionsAsync(Model, Token)).Select(version => version.Digest));

        await client.DeleteVersionAsync(Model, second.Digest, cancellationToken: Token);

        Assert.Equal([First.Version], (await client.ListVersionsAsync(Model, Token)).Select(version => version.Digest));
        await Assert.ThrowsAsync<InvalidRequestException>(() => client.DeleteVersionAsync(Model, First.Version, cancellationToken: Token));
        await Assert.ThrowsAsync<NotFoundException>(() => client.DeleteVersionAsync(Model, second.Digest, cancellationToken: Token));
        await Assert.ThrowsAsync<NotFoundException>(() => client.ListVersionsAsync("another", Token));
    }

    [Fact]
    public async Task Download_Model_ReturnsWhatWasPublished()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = Create(server);
        await Servers.PublishAsync(client, First);
        await client.UploadModelAsync(Second, cancellationToken: Token);

        foreach (
            (string reference, ModelPackage expected) in new[]
            {
                (Model, First),
                ($"{Model}@live", First),
                ($"{Model}@sha256:{Second.Version}", Second),
            }
        )
        {
            ModelPackage package = await client.DownloadModelAsync(reference, Token);
            Assert.Equal(expected.ManifestBytes.ToArray(), package.ManifestBytes.ToArray());
            Assert.Equal(expected.Blobs.Count, package.Blobs.Count);
            Assert.All(package.Blobs, blob => Assert.Equal(blob.Key, Digest.Of(blob.Value.Span)));
        }

        await Assert.ThrowsAsync<NotFoundException>(() => client.DownloadModelAsync($"{Model}@canary", Token));
    }

    [Fact]
    public async Task GetLocalModel_WithEncoder_EncodesAsTheServerDoes()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Create(server);
        byte[] image = SmallModel.Image(5);

        CodecModel encoder = await client.GetLocalModelAsync(Model, withEncoder: true, cancellationToken: Token);
        EncodedImage encoded = await client.EncodeAsync(Clients.Source(5), Model, 1, Token);

        Assert.Equal(encoded.Code.ToArray(), encoder.Encode(image, SmallModel.Side, SmallModel.Side, 1));
        // A model with its encoder also decodes.
        Assert.Same(encoder, await client.GetLocalModelAsync($"{Model}@sha256:{encoded.Version}", cancellationToken: Token));
        await Assert.ThrowsAsync<NotFoundException>(() => client.GetLocalModelAsync(Model, head: "mask", cancellationToken: Token));
    }

    [Fact]
    public async Task Watch_ServerThatChanges_ReportsAliasesAndVersionsInOrder()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = Create(server);
        VersionInfo first = await Servers.PublishAsync(client, First);
        await using IAsyncEnumerator<ModelEvent> events = client.WatchModelsAsync(Model, Token).GetAsyncEnumerator(Token);

        AliasInfo live = Assert.IsType<AliasMoved>(await NextAsync(events)).Alias;
        Assert.Equal((Model, "live", first.Digest, 1), (live.Model, live.Name, live.Version!.Value, live.Revision));
        VersionInfo second = await client.UploadModelAsync(Second, cancellationToken: Token);
        Assert.Equal(second, Assert.IsType<VersionPublished>(await NextAsync(events)).Version);
        AliasInfo moved = await client.SetAliasAsync(Model, "live", second.Digest, live.Revision, Token);
        Assert.Equal(moved, Assert.IsType<AliasMoved>(await NextAsync(events)).Alias);
        await client.DeleteVersionAsync(Model, first.Digest, cancellationToken: Token);
        Assert.Equal(first.Digest, Assert.IsType<VersionDeleted>(await NextAsync(events)).Version.Digest);
        await client.DeleteAliasAsync(Model, "live", moved.Revision, Token);
        Assert.Null(Assert.IsType<AliasMoved>(await NextAsync(events)).Alias.Version);

        // After a restart the watch is restored, and reports nothing else, because no alias moved.
        await server.KillAndRestartAsync(Token);
        Assert.IsType<WatchRestored>(await NextAsync(events));
        AliasInfo back = await client.SetAliasAsync(Model, "live", second.Digest, cancellationToken: Token);
        Assert.Equal(back, Assert.IsType<AliasMoved>(await NextAsync(events)).Alias);
    }

    private static CodecClient Create(ServerProcess server) => new(Clients.Options(server.Address) with { Identity = Identity });

    private static async Task<ModelEvent> NextAsync(IAsyncEnumerator<ModelEvent> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().SoonAsync());
        return events.Current;
    }

    /// <summary>Keeps the reports on the thread of the upload; Progress posts them elsewhere, in any order.</summary>
    private sealed class ProgressRecorder : IProgress<UploadProgress>
    {
        public List<UploadProgress> Reports { get; } = [];

        public void Report(UploadProgress value) => Reports.Add(value);
    }
}
