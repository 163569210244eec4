using Codec.Models;
using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodecServer.Tests.Stores;

/// <content>Restoring, and what a restore that did not end leaves.</content>
public sealed partial class EmbeddedBackupTests
{
    [Fact]
    public async Task Restore_DamagedCodes_RestoresTheNamedBackupAndNamesThem()
    {
        string good = await CreateBeforeDamageAsync();
        string damaged = Backup(Data).Create(Backups, null, _ => { }, Ct).Folder;

        string message = Assert.Throws<StoreException>(() => Restore(Backups)).Message;
        StoreCopy copy = Backup(Restored).Restore(damaged, _lines.Add, Ct);

        Assert.Contains(good, message, StringComparison.Ordinal);
        Assert.Contains(damaged, message, StringComparison.Ordinal);
        Assert.Equal((damaged, 1), (copy.Folder, copy.Problems));
        Assert.Contains(_lines, line => line.StartsWith("problem: The codes 11 to 20 of 'faces' are damaged", StringComparison.Ordinal));
        await using var stores = new EmbeddedStores(Restored.Root);
        Assert.Equal(30, Assert.Single(await stores.Log.ListAsync(Ct)).Codes);
    }

    [Theory]
    [InlineData("registry.db")]
    [InlineData("blobs/ab/abcd")]
    [InlineData("uploads/abcd")]
    [InlineData("notes.txt")]
    public void Restore_DirectoryIsNotEmpty_IsRefusedAndChangesNothing(string file)
    {
        Create();
        string held = _directory.Write($"restored/{file}", "mine");

        StoreException exception = Assert.Throws<StoreException>(() => Restore(Backups));

        Assert.Contains("is not empty", exception.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(held));
        Assert.False(File.Exists(Restored.ChannelLog));
        Assert.False(File.Exists(Restored.Lock));
    }

    /// <summary>The root of a new ext4 volume.</summary>
    [Fact]
    public void Restore_DirectoryHoldsLostAndFound_Succeeds()
    {
        Create();
        Directory.CreateDirectory(Path.Combine(Restored.Root, "lost+found"));

        Restore(Backups);

        Assert.Equal(["channels.db", "lock", "lost+found", "registry.db"], Names(Restored.Root));
    }

    [Fact]
    public void Restore_ServerRunsOnTheDirectory_IsRefused()
    {
        Create();

        StoreException exception = Assert.Throws<StoreException>(() => Backup(Data).Restore(Backups, _ => { }, Ct));

        Assert.Contains("another server", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_CancelledOrDamaged_LeavesNoDataAndNoServerStarts()
    {
        Digest blob = AddBlob(1);
        await AddVersionAsync("manifest", [blob]);
        string backup = Create();
        using var stop = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => Backup(Restored).Restore(Backups, _ => stop.Cancel(), stop.Token));
        Assert.Equal(["lock", "restoring"], Names(Restored.Root));

        File.WriteAllBytes(new DataLayout(backup).Blob(blob), [1, 2, 3]);
        Assert.Contains("is damaged", Assert.Throws<StoreException>(() => Restore(backup)).Message, StringComparison.Ordinal);
        Assert.Equal(["lock", "restoring"], Names(Restored.Root));
        Assert.Throws<StoreException>(() => new DataDirectory(OptionsOf(Restored)));

        Digest intact = AddBlob(1);
        File.Copy(Data.Blob(intact), new DataLayout(backup).Blob(blob), overwrite: true);
        Restore(backup);
        new DataDirectory(OptionsOf(Restored)).Dispose();
    }

    /// <summary>A restore that was killed: no server starts on what it left, and another restore begins anew.</summary>
    [Fact]
    public void Restore_AfterAKilledOne_BeginsAgain()
    {
        Create();
        _directory.Write("restored/restoring", "");
        _directory.Write("restored/registry.db", "half");
        _directory.Write("restored/blobs/ab/abcd", "half");

        Assert.Contains(
            "did not finish",
            Assert.Throws<StoreException>(() => new DataDirectory(OptionsOf(Restored))).Message,
            StringComparison.Ordinal
        );
        Restore(Backups);

        new DataDirectory(OptionsOf(Restored)).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(Restored.Blobs));
    }

    [Fact]
    public void Restore_NoBackup_IsRefused()
    {
        Directory.CreateDirectory(Backups);

        Assert.Contains("neither", Assert.Throws<StoreException>(() => Restore(Backups)).Message, StringComparison.Ordinal);
        Assert.Contains("no folder", Assert.Throws<StoreException>(() => Restore(_directory.File("x"))).Message, StringComparison.Ordinal);
    }

    private string Restore(string backup)
    {
        StoreCopy copy = Backup(Restored).Restore(backup, _lines.Add, Ct);
        Assert.Equal(0, copy.Problems);
        return copy.Folder;
    }

    /// <summary>A file of 0 bytes is a database for SQLite, and would be a new one for a server.</summary>
    [Theory]
    [InlineData("registry.db", "")]
    [InlineData("channels.db", "")]
    [InlineData("channels.db", "PRAGMA journal_mode = WAL")]
    public void Restore_DatabaseIsEmpty_IsRefusedAndNoServerStarts(string database, string statement)
    {
        string backup = Create();
        string file = Path.Combine(backup, database);
        File.WriteAllBytes(file, []);
        using (var empty = new SqliteConnection($"Data Source={file};Pooling=False"))
            empty.Execute(statement.Length > 0 ? statement : "PRAGMA user_version");

        StoreException refused = Assert.Throws<StoreException>(() => Restore(backup));

        Assert.Contains($"The database {file} is empty", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Use an earlier backup", refused.Message, StringComparison.Ordinal);
        Assert.Throws<StoreException>(() => new DataDirectory(OptionsOf(Restored)));
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("""{"credentials": [null]}""")]
    [InlineData("""{"credentials": [{"id": "1", "name": "anna", "roles": [null], "certificate": "anna"}]}""")]
    public void Restore_CredentialsAreDamaged_IsRefusedBeforeItBegins(string content)
    {
        string backup = Create();
        string file = new DataLayout(backup).Credentials;
        File.WriteAllText(file, content);

        StoreException refused = Assert.Throws<StoreException>(() => Restore(backup));

        Assert.Contains($"The credentials in {file} cannot be read", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Use another backup, or delete that file", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Restored.Root));
    }

    [Fact]
    public async Task Restore_OnlyADamagedBackup_SaysThatThereIsNoGoodOne()
    {
        await AddDamagedCodesAsync();
        Backup(Data).Create(Backups, null, _ => { }, Ct);

        string message = Assert.Throws<StoreException>(() => Restore(Backups)).Message;

        Assert.Contains($"{Backups} has no good one.", message, StringComparison.Ordinal);
    }
}
