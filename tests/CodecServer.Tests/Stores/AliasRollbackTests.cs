using Codec.Models;
using Codec.Server;
using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Microsoft.Data.Sqlite;

namespace CodecServer.Tests.Stores;

/// <summary>Rollbacks and splits of aliases in the registry on disk.</summary>
public sealed class AliasRollbackTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private EmbeddedStores _stores = null!;
    private Digest[] _versions = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stores = new EmbeddedStores(_directory.Path, new StoreOptions { AliasHistory = 6 });
        _versions = [await AddAsync("1"), await AddAsync("2"), await AddAsync("3")];
    }

    public async ValueTask DisposeAsync()
    {
        await _stores.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task RollbackAliasAsync_AfterMoves_RestoresTheTargetsBeforeAndIsRecorded()
    {
        AliasTargets canary = Canary();
        await MoveAsync(AliasTargets.Of(_versions[0]));
        await MoveAsync(canary);
        await MoveAsync(AliasTargets.Of(_versions[2]));

        AliasRecord rolledBack = await RollBackAsync(3);

        Assert.Equal((canary, 4L, 2L, "bert"), (rolledBack.Targets, rolledBack.Revision, rolledBack.Restored, rolledBack.MovedBy));
        Assert.Equal(rolledBack, await _stores.Registry.FindAliasAsync("faces", "live", Ct));
        Assert.Equal([(4L, 2L), (3, 0), (2, 0), (1, 0)], (await HistoryAsync()).Select(move => (move.Revision, move.Restored)));
    }

    [Fact]
    public async Task RollbackAliasAsync_Twice_GoesFurtherBack()
    {
        foreach (Digest version in _versions)
            await MoveAsync(AliasTargets.Of(version));

        await RollBackAsync(3);
        AliasRecord second = await RollBackAsync(4);

        Assert.Equal((AliasTargets.Of(_versions[0]), 5L, 1L), (second.Targets, second.Revision, second.Restored));
        Assert.Equal("NO_EARLIER_TARGET", (await Runs.RefusesAsync(RequestError.FailedPrecondition, () => RollBackAsync(5))).Reason);
        await MoveAsync(AliasTargets.Of(_versions[2]), expectedRevision: 5);
        Assert.Equal(AliasTargets.Of(_versions[0]), (await RollBackAsync(6)).Targets);
    }

    [Fact]
    public async Task RollbackAliasAsync_RepeatedAfterOtherMoves_NeverReturnsToWhatWasRolledBackFrom()
    {
        await MoveAsync(AliasTargets.Of(_versions[0]));
        await MoveAsync(AliasTargets.Of(_versions[1]));
        await RollBackAsync(2);
        await MoveAsync(AliasTargets.Of(_versions[2]), expectedRevision: 3);

        Assert.Equal(AliasTargets.Of(_versions[0]), (await RollBackAsync(4)).Targets);
        // The moves to the second and the third version were both taken back.
        Assert.Equal("NO_EARLIER_TARGET", (await Runs.RefusesAsync(RequestError.FailedPrecondition, () => RollBackAsync(5))).Reason);
    }

    [Fact]
    public async Task RollbackAliasAsync_VersionWasLiveEarlierToo_IsPassedOverEverywhere()
    {
        await MoveAsync(AliasTargets.Of(_versions[0]));
        await MoveAsync(AliasTargets.Of(_versions[1]));
        await MoveAsync(AliasTargets.Of(_versions[2]));
        await MoveAsync(AliasTargets.Of(_versions[1]));

        Assert.Equal(AliasTargets.Of(_versions[2]), (await RollBackAsync(4)).Targets);
        Assert.Equal(AliasTargets.Of(_versions[0]), (await RollBackAsync(5)).Targets);
    }

    [Fact]
    public async Task RollbackAliasAsync_VersionWasSetAgainAfterARollbackFromIt_IsRestored()
    {
        await MoveAsync(AliasTargets.Of(_versions[0]));
        await MoveAsync(AliasTargets.Of(_versions[1]));
        await RollBackAsync(2);
        await MoveAsync(AliasTargets.Of(_versions[1]), expectedRevision: 3);
        await MoveAsync(AliasTargets.Of(_versions[2]), expectedRevision: 4);

        Assert.Equal((AliasTargets.Of(_versions[1]), 4L), await RollBackAsync(5) is var moved ? (moved.Targets, moved.Restored) : default);
    }

    [Fact]
    public async Task RollbackAliasAsync_SameTargetsAndDeletionsBefore_ArePassedOver()
    {
        await MoveAsync(AliasTargets.Of(_versions[0]));
        await MoveAsync(AliasTargets.None, expectedRevision: 1);
        await MoveAsync(AliasTargets.Of(_versions[1]), expectedRevision: 2);
        await MoveAsync(AliasTargets.Of(_versions[1]), expectedRevision: 3);

        Assert.Equal((AliasTargets.Of(_versions[0]), 1L), await RollBackAsync(4) is var moved ? (moved.Targets, moved.Restored) : default);
    }

    [Fact]
    public async Task RollbackAliasAsync_DeletedAlias_HasItsLastTargetsAgain()
    {
        await MoveAsync(AliasTargets.Of(_versions[0]));
        await MoveAsync(AliasTargets.None, expectedRevision: 1);

        AliasRecord restored = await RollBackAsync(0);

        Assert.Equal((AliasTargets.Of(_versions[0]), 3L, 1L), (restored.Targets, restored.Revision, restored.Restored));
    }

    [Fact]
    public async Task RollbackAliasAsync_Impossible_IsRefusedAndChangesNothing()
    {
        await Runs.RefusesAsync(RequestError.NotFound, () => RollBackAsync(0));
        await MoveAsync(AliasTargets.Of(_versions[0]));
        await MoveAsync(AliasTargets.Of(_versions[1]));

        Assert.Equal("2", (await Runs.RefusesAsync(RequestError.Aborted, () => RollBackAsync(1))).Metadata["revision"]);
        await _stores.Registry.DeleteVersionAsync("faces", _versions[0], Ct);
        RequestException gone = await Runs.RefusesAsync(RequestError.FailedPrecondition, () => RollBackAsync(2));

        Assert.Equal("VERSION_DELETED", gone.Reason);
        Assert.Contains(_versions[0].Hex, gone.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await HistoryAsync())[0].Revision);
    }

    [Fact]
    public async Task RollbackAliasAsync_TargetsBeforeWereForgotten_IsRefused()
    {
        await MoveAsync(AliasTargets.Of(_versions[0]));
        for (int i = 1; i <= 6; i++)
            await MoveAsync(AliasTargets.Of(_versions[1]), expectedRevision: i);

        Assert.Equal("NO_EARLIER_TARGET", (await Runs.RefusesAsync(RequestError.FailedPrecondition, () => RollBackAsync(7))).Reason);
    }

    [Fact]
    public async Task DeleteVersionAsync_AnyTargetOfAnAlias_IsRefused()
    {
        await MoveAsync(Canary());

        foreach (Digest version in _versions[..2])
            await Runs.RefusesAsync(RequestError.FailedPrecondition, () => _stores.Registry.DeleteVersionAsync("faces", version, Ct));

        await _stores.Registry.DeleteVersionAsync("faces", _versions[2], Ct);
        await Runs.RefusesAsync(
            RequestError.NotFound,
            () => MoveAsync(AliasTargets.Split([new(_versions[0], 1), new(_versions[2], 1)]), 1)
        );
    }

    [Fact]
    public async Task Reopen_RegistryOfAnOlderServer_KeepsItsAliasesAndTakesSplits()
    {
        await MoveAsync(AliasTargets.Of(_versions[0]));
        await _stores.DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(_directory.Path, "registry.db")};Pooling=False"))
        {
            connection.Open();
            await using SqliteCommand older = connection.CreateCommand();
            older.CommandText =
                "ALTER TABLE alias_moves DROP COLUMN targets; ALTER TABLE alias_moves DROP COLUMN restored; "
                + "DROP TABLE deleted_versions; PRAGMA user_version = 2;";
            older.ExecuteNonQuery();
        }

        _stores = new EmbeddedStores(_directory.Path);
        Assert.Equal(AliasTargets.Of(_versions[0]), (await _stores.Registry.FindAliasAsync("faces", "live", Ct))!.Targets);
        await MoveAsync(Canary(), expectedRevision: 1);
        await _stores.DisposeAsync();
        _stores = new EmbeddedStores(_directory.Path);

        Assert.Equal(Canary(), (await _stores.Registry.FindAliasAsync("faces", "live", Ct))!.Targets);
    }

    private AliasTargets Canary() => AliasTargets.Split([new(_versions[0], 95), new(_versions[1], 5)]);

    private async Task<Digest> AddAsync(string manifest)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(manifest);
        return (await _stores.Registry.AddVersionAsync(new NewVersion("faces", Digest.Of(bytes), "anna", 1, bytes, []), Ct)).Version.Digest;
    }

    private async Task<AliasRecord> MoveAsync(AliasTargets targets, long? expectedRevision = null)
    {
        long expected = expectedRevision ?? (await _stores.Registry.FindAliasAsync("faces", "live", Ct))?.Revision ?? 0;
        return await _stores.Registry.MoveAliasAsync(new AliasMove("faces", "live", targets, expected, "anna"), Ct);
    }

    private Task<AliasRecord> RollBackAsync(long expectedRevision) =>
        _stores.Registry.RollbackAliasAsync(new AliasRollback("faces", "live", expectedRevision, "bert"), Ct);

    private async Task<IReadOnlyList<AliasRecord>> HistoryAsync() =>
        (await _stores.Registry.ListAliasHistoryAsync("faces", "live", new PageRequest(PageRequest.Most), Ct)).Items;
}
