using Codec.Models;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CodecServer.Tests.Stores;

/// <content>Backups of a store that is damaged.</content>
public sealed partial class EmbeddedBackupTests
{
    [Fact]
    public async Task Create_BlobIsMissingOrDamaged_NamesItAndLeavesNothing()
    {
        Digest blob = AddBlob(1);
        await AddVersionAsync("manifest", [blob]);
        File.WriteAllBytes(Data.Blob(blob), [1, 2, 3]);

        string damaged = Assert.Throws<StoreException>(() => Create()).Message;
        File.Delete(Data.Blob(blob));
        string missing = Assert.Throws<StoreException>(() => Create()).Message;

        Assert.Contains($"{Data.Blob(blob)} is damaged", damaged, StringComparison.Ordinal);
        Assert.Contains($"{Data.Blob(blob)} is missing", missing, StringComparison.Ordinal);
        Assert.Equal(["lock"], Names(Backups));
    }

    [Fact]
    public async Task Create_DamagedCodes_NamesThemAndDeletesNoGoodBackup()
    {
        string good = await CreateBeforeDamageAsync();

        StoreCopy copy = Backup(Data).Create(Backups, keep: 1, _lines.Add, Ct);

        Assert.Equal((Path.Combine(Backups, "20261127T020000.123Z.damaged"), 1), (copy.Folder, copy.Problems));
        Assert.Contains(_lines, line => line.StartsWith("problem: The codes 11 to 20 of 'faces' are damaged", StringComparison.Ordinal));
        Assert.Equal([Path.GetFileName(good), "20261127T020000.123Z.damaged", "lock"], Names(Backups));
    }

    [Fact]
    public async Task Create_DamagedManifest_NamesIt()
    {
        Digest version = await AddVersionAsync("manifest", []);
        using (var registry = new SqliteConnection($"Data Source={Data.Registry};Pooling=False"))
            registry.Execute("UPDATE versions SET manifest = X'00'");

        StoreCopy copy = Backup(Data).Create(Backups, null, _lines.Add, Ct);

        Assert.Equal(1, copy.Problems);
        Assert.Contains(_lines, line => line.Contains(version.Hex, StringComparison.Ordinal));
    }

    /// <summary>The damaged codes were dropped since: what is older than the backups to keep goes, damaged ones included.</summary>
    [Fact]
    public async Task Create_GoodBackupsAfterDamagedOnes_DeletesTheOldOnes()
    {
        await AddDamagedCodesAsync();
        Backup(Data).Create(Backups, keep: 2, _lines.Add, Ct);
        await _stores.Log.DeleteAsync("faces", Ct);
        for (int day = 0; day < 2; day++)
        {
            Assert.Contains("20261126T020000.123Z.damaged", Names(Backups));
            _time.Advance(TimeSpan.FromDays(1));
            Backup(Data).Create(Backups, keep: 2, _lines.Add, Ct);
        }

        Assert.Equal(["20261127T020000.123Z", "20261128T020000.123Z", "lock"], Names(Backups));
    }

    /// <summary>With --keep, it would have taken the place of a good one.</summary>
    [Theory]
    [InlineData("registry.db")]
    [InlineData("channels.db")]
    public void Create_DatabaseIsEmpty_IsRefusedAndLeavesTheGoodBackup(string database)
    {
        string good = Create();
        var emptied = new DataLayout(_directory.File("emptied"));
        foreach (string file in new[] { "registry.db", "channels.db" })
            _directory.Write($"emptied/{file}", file == database ? [] : File.ReadAllBytes(Path.Combine(good, file)));

        StoreException refused = Assert.Throws<StoreException>(() => Backup(emptied).Create(Backups, keep: 1, _ => { }, Ct));

        Assert.Contains($"The database {Path.Combine(emptied.Root, database)} is empty", refused.Message, StringComparison.Ordinal);
        Assert.Equal([Path.GetFileName(good), "lock"], Names(Backups));
    }

    [Fact]
    public void Create_DamagedCredentials_IsADamagedBackup()
    {
        File.WriteAllText(Data.Credentials, "not JSON");

        StoreCopy copy = Backup(Data).Create(Backups, null, _lines.Add, Ct);

        Assert.Equal(1, copy.Problems);
        Assert.Contains(_lines, line => line.StartsWith("problem: The credentials in ", StringComparison.Ordinal));
    }
}
