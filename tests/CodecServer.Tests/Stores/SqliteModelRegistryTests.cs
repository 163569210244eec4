using Codec.Models;
using Codec.Server;
using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Stores;

public sealed class SqliteModelRegistryTests : IAsyncLifetime
{
    private static readonly Digest BlobA = Digest.Of("blob a"u8);
    private static readonly Digest BlobB = Digest.Of("blob b"u8);
    private static readonly Digest BlobC = Digest.Of("blob c"u8);

    private static readonly PageRequest All = new(PageRequest.Most);

    private readonly TemporaryDirectory _directory = new();
    private EmbeddedStores _stores = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private SqliteModelRegistry Registry => _stores.Registry;

    public ValueTask InitializeAsync()
    {
        _stores = new EmbeddedStores(_directory.Path, new StoreOptions { MaxVersions = 3, MaxAliases = 2 });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stores.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task AddVersionAsync_New_CanBeFoundAndRead()
    {
        NewVersion version = Version("faces", "manifest 1");

        (VersionRecord added, bool created) = await Registry.AddVersionAsync(version, Ct);

        Assert.True(created);
        Assert.Equal(new VersionRecord("faces", version.Digest, "anna", _stores.Time.GetUtcNow(), 99), added);
        Assert.Equal(added, await Registry.FindVersionAsync(version.Digest, Ct));
        Assert.Equal("manifest 1"u8.ToArray(), await Registry.ReadManifestAsync(version.Digest, Ct));
        Assert.Null(await Registry.FindVersionAsync(BlobA, Ct));
        await Runs.RefusesAsync(RequestError.NotFound, () => Registry.ReadManifestAsync(BlobA, Ct));
    }

    [Fact]
    public async Task AddVersionAsync_Again_ChangesNothing()
    {
        (VersionRecord first, _) = await Registry.AddVersionAsync(Version("faces", "manifest"), Ct);
        _stores.Time.Advance(TimeSpan.FromHours(1));

        (VersionRecord second, bool created) = await Registry.AddVersionAsync(Version("faces", "manifest") with { Publisher = "bert" }, Ct);

        Assert.False(created);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task AddVersionAsync_TooMany_IsRefused()
    {
        foreach (string manifest in new[] { "1", "2", "3" })
            await Registry.AddVersionAsync(Version("faces", manifest), Ct);

        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => Registry.AddVersionAsync(Version("faces", "4"), Ct));
    }

    [Fact]
    public async Task AddVersionAsync_Refused_WritesNothing()
    {
        // Not even the count of commits: a caller that is refused again and again would keep the disk busy with syncs.
        foreach (string manifest in new[] { "1", "2", "3" })
            await Registry.AddVersionAsync(Version("faces", manifest), Ct);
        string[] logs = Directory.GetFiles(_directory.Path, "*-wal", SearchOption.AllDirectories);
        long[] before = [.. logs.Select(log => new FileInfo(log).Length)];

        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => Registry.AddVersionAsync(Version("faces", "4"), Ct));

        Assert.NotEmpty(logs);
        Assert.Equal(before, logs.Select(log => new FileInfo(log).Length));
    }

    [Fact]
    public async Task List_ModelsAndVersions_AreOrdered()
    {
        Assert.Empty(await Registry.ReadModelsAsync(Ct).ToListAsync(Ct));
        Digest[] digests = [Version("faces", "1").Digest, Version("faces", "2").Digest, Version("birds", "3").Digest];
        await Registry.AddVersionAsync(Version("faces", "1"), Ct);
        await Registry.AddVersionAsync(Version("faces", "2"), Ct);
        await Registry.AddVersionAsync(Version("birds", "3"), Ct);
        AliasRecord live = await Registry.MoveAliasAsync(Move("faces", "live", digests[0], 0, "anna"), Ct);

        List<ModelRecord> models = await Registry.ReadModelsAsync(Ct).ToListAsync(Ct);

        Assert.Equal([("birds", 1), ("faces", 2)], models.Select(model => (model.Name, model.Versions)));
        Assert.Equal([live], models[1].Aliases);
        Assert.Equal(
            [digests[1], digests[0]],
            (await Registry.ListVersionsAsync("faces", All, Ct)).Items.Select(version => version.Digest)
        );
        Assert.Empty((await Registry.ListVersionsAsync("cars", All, Ct)).Items);
    }

    [Fact]
    public async Task MoveAliasAsync_CompareAndSwap_KeepsHistory()
    {
        Digest one = await AddAsync("faces", "1"),
            two = await AddAsync("faces", "2");

        await Registry.MoveAliasAsync(Move("faces", "live", one, 0, "anna"), Ct);
        await Registry.MoveAliasAsync(Move("faces", "live", two, 1, "bert"), Ct);
        RequestException lost = await Runs.RefusesAsync(
            RequestError.Aborted,
            () => Registry.MoveAliasAsync(Move("faces", "live", one, 1, "carl"), Ct)
        );

        Assert.Equal(("2", two.Hex), (lost.Metadata["revision"], lost.Metadata["digest"]));
        Assert.Equal(
            (two, 2L, "bert"),
            await Registry.FindAliasAsync("faces", "live", Ct) is { } alias
                ? (alias.Targets.First!.Value, alias.Revision, alias.MovedBy)
                : default
        );
        Assert.Equal(
            [(two, 2L, "bert"), (one, 1L, "anna")],
            (await Registry.ListAliasHistoryAsync("faces", "live", All, Ct)).Items.Select(move =>
                (move.Targets.First!.Value, move.Revision, move.MovedBy)
            )
        );
    }

    [Fact]
    public async Task MoveAliasAsync_ManyAtOnce_OneWins()
    {
        Digest one = await AddAsync("faces", "1");
        int won = 0;

        await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(async i =>
                {
                    try
                    {
                        await Registry.MoveAliasAsync(Move("faces", "live", one, 0, $"racer {i}"), Ct);
                        Interlocked.Increment(ref won);
                    }
                    catch (RequestException exception) when (exception.Error == RequestError.Aborted) { }
                })
        );

        Assert.Equal(1, won);
        Assert.Single((await Registry.ListAliasHistoryAsync("faces", "live", All, Ct)).Items);
    }

    [Fact]
    public async Task MoveAliasAsync_DeletedAlias_ContinuesItsRevisions()
    {
        Digest one = await AddAsync("faces", "1");
        await Registry.MoveAliasAsync(Move("faces", "live", one, 0, "anna"), Ct);
        AliasRecord deleted = await Registry.MoveAliasAsync(Move("faces", "live", null, 1, "anna"), Ct);
        Assert.Equal((null, 2L), (deleted.Targets.First, deleted.Revision));
        Assert.Null(await Registry.FindAliasAsync("faces", "live", Ct));
        Assert.Empty((await Registry.ListAliasesAsync("faces", All, Ct)).Items);

        await Runs.RefusesAsync(RequestError.Aborted, () => Registry.MoveAliasAsync(Move("faces", "live", one, 1, "anna"), Ct));
        await Runs.RefusesAsync(RequestError.NotFound, () => Registry.MoveAliasAsync(Move("faces", "live", null, 2, "anna"), Ct));
        AliasRecord again = await Registry.MoveAliasAsync(Move("faces", "live", one, 0, "anna"), Ct);

        Assert.Equal(3, again.Revision);
    }

    [Fact]
    public async Task MoveAliasAsync_VersionOfAnotherModel_IsNotFound()
    {
        Digest bird = await AddAsync("birds", "1");

        await Runs.RefusesAsync(RequestError.NotFound, () => Registry.MoveAliasAsync(Move("faces", "live", bird, 0, "anna"), Ct));
        await Runs.RefusesAsync(RequestError.NotFound, () => Registry.MoveAliasAsync(Move("birds", "live", BlobA, 0, "anna"), Ct));
    }

    [Fact]
    public async Task DeleteVersionAsync_ReturnsTheBlobsThatNoVersionListsAnyLonger()
    {
        Digest one = await AddAsync("faces", "1", BlobA, BlobB),
            two = await AddAsync("faces", "2", BlobB, BlobC);
        await Registry.MoveAliasAsync(Move("faces", "live", one, 0, "anna"), Ct);

        RequestException inUse = await Runs.RefusesAsync(
            RequestError.FailedPrecondition,
            () => Registry.DeleteVersionAsync("faces", one, Ct)
        );
        Assert.Contains("'live'", inUse.Message, StringComparison.Ordinal);
        await Runs.RefusesAsync(RequestError.NotFound, () => Registry.DeleteVersionAsync("birds", one, Ct));
        await Registry.MoveAliasAsync(Move("faces", "live", two, 1, "anna"), Ct);

        Assert.Equal([BlobA], await Registry.DeleteVersionAsync("faces", one, Ct));
        await Registry.MoveAliasAsync(Move("faces", "live", null, 2, "anna"), Ct);
        Assert.Equal(new[] { BlobB, BlobC }.Order(ByHex), (await Registry.DeleteVersionAsync("faces", two, Ct)).Order(ByHex));
        Assert.Empty(await Registry.ReadModelsAsync(Ct).ToListAsync(Ct));
    }

    [Fact]
    public async Task MoveAliasAsync_TooManyAliases_AreRefusedUntilOneIsDeleted()
    {
        Digest one = await AddAsync("faces", "1");
        Digest bird = await AddAsync("birds", "2");
        await Registry.MoveAliasAsync(Move("faces", "live", one, 0, "anna"), Ct);
        await Registry.MoveAliasAsync(Move("faces", "canary", one, 0, "anna"), Ct);

        RequestException refused = await Runs.RefusesAsync(
            RequestError.ResourceExhausted,
            () => Registry.MoveAliasAsync(Move("faces", "beta", one, 0, "anna"), Ct)
        );

        Assert.Equal("TOO_MANY_ALIASES", refused.Reason);
        Assert.Contains("--max-aliases", refused.Message, StringComparison.Ordinal);
        await Registry.MoveAliasAsync(Move("birds", "beta", bird, 0, "anna"), Ct);
        await Registry.MoveAliasAsync(Move("faces", "live", one, 1, "anna"), Ct);
        await Registry.MoveAliasAsync(Move("faces", "canary", null, 1, "anna"), Ct);
        await Registry.MoveAliasAsync(Move("faces", "beta", one, 0, "anna"), Ct);
    }

    [Fact]
    public async Task MoveAliasAsync_ManyNamesInTurn_AreForgottenAndNoRevisionIsGivenTwice()
    {
        Digest one = await AddAsync("faces", "1");
        for (int i = 0; i < 10; i++)
        {
            AliasRecord alias = await Registry.MoveAliasAsync(Move("faces", $"a{i}", one, 0, "anna"), Ct);
            await Registry.MoveAliasAsync(Move("faces", $"a{i}", null, alias.Revision, "anna"), Ct);
            _stores.Time.Advance(TimeSpan.FromSeconds(1));
        }

        // As many deleted aliases as the model may have keep a history.
        Assert.Empty((await Registry.ListAliasHistoryAsync("faces", "a7", All, Ct)).Items);
        Assert.NotEmpty((await Registry.ListAliasHistoryAsync("faces", "a8", All, Ct)).Items);
        AliasRecord again = await Registry.MoveAliasAsync(Move("faces", "a0", one, 0, "anna"), Ct);
        Assert.InRange(again.Revision, 3, long.MaxValue);
        await Runs.RefusesAsync(RequestError.Aborted, () => Registry.MoveAliasAsync(Move("faces", "a0", one, 1, "anna"), Ct));
    }

    [Fact]
    public async Task MoveAliasAsync_LiveWasDeletedLongAgo_ItsHistoryStays()
    {
        Digest one = await AddAsync("faces", "1");
        await Registry.MoveAliasAsync(Move("faces", "live", one, 0, "anna"), Ct);
        await Registry.MoveAliasAsync(Move("faces", "live", null, 1, "anna"), Ct);
        for (int i = 0; i < 5; i++)
        {
            AliasRecord alias = await Registry.MoveAliasAsync(Move("faces", $"a{i}", one, 0, "anna"), Ct);
            await Registry.MoveAliasAsync(Move("faces", $"a{i}", null, alias.Revision, "anna"), Ct);
        }

        Assert.Equal(2, (await Registry.ListAliasHistoryAsync("faces", "live", All, Ct)).Items.Count);
    }

    [Fact]
    public async Task SweepAsync_AfterLargeVersionsWereDeleted_TheFileShrinks()
    {
        byte[] manifest = Blobs.Random(1 << 20, seed: 1);
        var version = new NewVersion("faces", Digest.Of(manifest), "anna", manifest.Length, manifest, []);
        await Registry.AddVersionAsync(version, Ct);
        await Registry.SweepAsync(Ct);
        var file = new FileInfo(_directory.File("registry.db"));
        await Registry.DeleteVersionAsync("faces", version.Digest, Ct);

        await Registry.SweepAsync(Ct);

        file.Refresh();
        Assert.InRange(file.Length, 1, 200_000);
    }

    [Fact]
    public async Task WatchAsync_StateThenEveryChange_InOrderWithoutAGap()
    {
        Digest one = await AddAsync("faces", "1");
        await Registry.MoveAliasAsync(Move("faces", "live", one, 0, "anna"), Ct);
        await using IAsyncEnumerator<RegistryChange> watch = Registry.WatchAsync("faces", Ct).GetAsyncEnumerator(Ct);
        Assert.Equal(1, Assert.IsType<AliasMoved>(await NextAsync(watch)).Alias.Revision);

        ValueTask<bool> next = watch.MoveNextAsync();
        Digest bird = await AddAsync("birds", "2");
        await Registry.MoveAliasAsync(Move("birds", "live", bird, 0, "anna"), Ct);
        Digest two = await AddAsync("faces", "3");
        await Registry.MoveAliasAsync(Move("faces", "live", two, 1, "anna"), Ct);
        await Registry.DeleteVersionAsync("faces", one, Ct);
        await Registry.MoveAliasAsync(Move("faces", "live", null, 2, "anna"), Ct);

        Assert.True(await next);
        Assert.Equal(two, Assert.IsType<VersionPublished>(watch.Current).Version.Digest);
        Assert.Equal(two, Assert.IsType<AliasMoved>(await NextAsync(watch)).Alias.Targets.First);
        Assert.Equal(one, Assert.IsType<VersionDeleted>(await NextAsync(watch)).Version.Digest);
        Assert.Null(Assert.IsType<AliasMoved>(await NextAsync(watch)).Alias.Targets.First);
    }

    [Fact]
    public async Task WatchAsync_WatcherThatNeverReads_IsEnded()
    {
        Digest one = await AddAsync("faces", "1");
        await Registry.MoveAliasAsync(Move("faces", "live", one, 0, "anna"), Ct);
        await using IAsyncEnumerator<RegistryChange> watch = Registry.WatchAsync(null, Ct).GetAsyncEnumerator(Ct);
        await NextAsync(watch);
        for (int i = 1; i <= 1026; i++)
            await Registry.MoveAliasAsync(Move("faces", "live", one, i, "anna"), Ct);

        await Runs.RefusesAsync(
            RequestError.Unavailable,
            async () =>
            {
                while (await watch.MoveNextAsync()) { }
            }
        );
        Assert.Equal(1000, (await Registry.ListAliasHistoryAsync("faces", "live", All, Ct)).Items.Count);
    }

    [Fact]
    public async Task Reopen_EverythingAcknowledged_IsThere()
    {
        Digest one = await AddAsync("faces", "1");
        AliasRecord alias = await Registry.MoveAliasAsync(Move("faces", "live", one, 0, "anna"), Ct);
        await _stores.DisposeAsync();

        _stores = new EmbeddedStores(_directory.Path);

        Assert.Equal(alias, await Registry.FindAliasAsync("faces", "live", Ct));
        Assert.Equal("1"u8.ToArray(), await Registry.ReadManifestAsync(one, Ct));
    }

    private static readonly Comparer<Digest> ByHex = Comparer<Digest>.Create((a, b) => string.CompareOrdinal(a.Hex, b.Hex));

    private static AliasMove Move(string model, string alias, Digest? version, long expectedRevision, string movedBy) =>
        new(model, alias, version is { } known ? AliasTargets.Of(known) : AliasTargets.None, expectedRevision, movedBy);

    private static NewVersion Version(string model, string manifest, params Digest[] blobs)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(manifest);
        return new NewVersion(model, Digest.Of(bytes), "anna", 99, bytes, blobs);
    }

    private static async Task<RegistryChange> NextAsync(IAsyncEnumerator<RegistryChange> watch)
    {
        Assert.True(await watch.MoveNextAsync());
        return watch.Current;
    }

    private async Task<Digest> AddAsync(string model, string manifest, params Digest[] blobs) =>
        (await Registry.AddVersionAsync(Version(model, manifest, blobs), Ct)).Version.Digest;
}
