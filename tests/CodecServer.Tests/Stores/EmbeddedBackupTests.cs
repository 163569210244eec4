using System.Runtime.Versioning;
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

/// <summary>Backups of a store that is open in this process, and what remains after failures.</summary>
public sealed partial class EmbeddedBackupTests : IAsyncLifetime
{
    private static readonly ModelManifest Small = SmallModel.Create().Manifest;

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 26, 2, 0, 0, 123, TimeSpan.Zero));
    private readonly List<string> _lines = [];
    private EmbeddedStores _stores = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private DataLayout Data => new(_directory.File("data"));

    private string Backups => _directory.File("backups");

    private DataLayout Restored => new(_directory.File("restored"));

    public ValueTask InitializeAsync()
    {
        _stores = new EmbeddedStores(Data.Root);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stores.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task CreateAndRestore_OpenStore_GiveItsState()
    {
        Digest[] blobs = [AddBlob(1), AddBlob(2)];
        Digest version = await AddVersionAsync("manifest", blobs);
        AddBlob(3); // No version lists it.
        await _stores.Log.CreateAsync("faces", Retention.All, Ct);

        string backup = Create();
        string restored = Restore(Backups);

        Assert.Equal((Path.Combine(Backups, "20261126T020000.123Z"), backup), (backup, restored));
        Assert.Equal(["blobs", "channels.db", "registry.db"], Names(backup));
        Assert.Contains(_lines, line => line.StartsWith("100 % of ", StringComparison.Ordinal));
        await using var stores = new EmbeddedStores(Restored.Root);
        Assert.Equal(await _stores.Registry.FindVersionAsync(version, Ct), await stores.Registry.FindVersionAsync(version, Ct));
        Assert.Equal("faces", Assert.Single(await stores.Log.ListAsync(Ct)).Id.Name);
        Assert.All(blobs, blob => Assert.Equal(File.ReadAllBytes(Data.Blob(blob)), File.ReadAllBytes(Restored.Blob(blob))));
        Assert.Equal(2, Directory.GetFiles(Restored.Blobs, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void CreateAndRestore_NewFolders_CanBeReadByTheirUserAlone()
    {
        string backup = Create();
        Restore(Backups);

        Assert.All(
            new[] { Backups, backup, Restored.Root },
            folder => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder))
        );
        AssertPrivate(Backups);
        AssertPrivate(Restored.Root);
    }

    /// <summary>The folder is its owner's, who may let others enter; what the server writes is not for them.</summary>
    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Store_FolderThatOthersMayEnter_HasFilesForItsUserAlone()
    {
        string folder = Directory.CreateDirectory(_directory.File("open")).FullName;
        await using var stores = new EmbeddedStores(folder);
        byte[] blob = Blobs.Random(1000, seed: 1);
        await stores.Blobs.AppendAsync(
            new BlobEntry(Digest.Of(blob), blob.Length),
            0,
            new[] { (ReadOnlyMemory<byte>)blob }.ToAsyncEnumerable(),
            Ct
        );
        await stores.Log.CreateAsync("faces", Retention.All, Ct);
        await new FileCredentialStore(new DataLayout(folder).Credentials, _time).AddAsync(
            new CredentialRecord
            {
                Id = "1",
                Name = "anna",
                Roles = [],
                Certificate = "anna",
            },
            Ct
        );

        Assert.Contains("reserve", Names(folder));
        AssertPrivate(folder);
    }

    [Fact]
    public async Task CreateAndRestore_Credentials_AreThoseOfTheStore()
    {
        var credential = new CredentialRecord
        {
            Id = "0123456789ab",
            Name = "anna",
            Roles = ["publish:*"],
            Sha256 = new string('0', 64),
        };
        await new FileCredentialStore(Data.Credentials, _time).AddAsync(credential, Ct);

        Create();
        Restore(Backups);

        CredentialRecord restored = Assert.Single(new FileCredentialStore(Restored.Credentials, _time).Read()!);
        Assert.Equal(("0123456789ab", "anna", credential.Sha256), (restored.Id, restored.Name, restored.Sha256));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Restored.Credentials));
    }

    /// <summary>The server deletes a version, and then its blobs, after the backup has copied the registry.</summary>
    [Fact]
    public async Task Create_VersionDeletedMeanwhile_BeginsAgain()
    {
        Digest deleted = AddBlob(1),
            kept = AddBlob(2);
        Digest version = await AddVersionAsync("first", [deleted]);
        await AddVersionAsync("second", [kept]);

        Create(line =>
        {
            if (line.StartsWith("Copied the databases", StringComparison.Ordinal) && File.Exists(Data.Blob(deleted)))
            {
                _stores.Registry.DeleteVersionAsync("faces", version, Ct).GetAwaiter().GetResult();
                File.Delete(Data.Blob(deleted));
            }
        });

        Assert.Contains("A version was deleted meanwhile; beginning again", _lines);
        Restore(Backups);
        await using var stores = new EmbeddedStores(Restored.Root);
        Assert.Null(await stores.Registry.FindVersionAsync(version, Ct));
        Assert.True(File.Exists(Restored.Blob(kept)));
        Assert.False(File.Exists(Restored.Blob(deleted)));
    }

    /// <summary>Versions come and go, each with a code in the log for a while; no backup has a code without its version.</summary>
    [Fact]
    public async Task Create_VersionsComeAndGo_HoldsTheVersionOfEachCode()
    {
        using var stop = new CancellationTokenSource();
        Task churn = ChurnAsync(stop.Token);
        for (int i = 0; i < 30; i++)
        {
            string backup = Create();
            _time.Advance(TimeSpan.FromSeconds(1));
            using var log = new SqliteConnection($"Data Source={new DataLayout(backup).ChannelLog};Pooling=False");
            log.Open(); // Dapper would close it after the first statement, which detaches.
            log.Execute("ATTACH @Registry AS registry", new DataLayout(backup));
            Assert.Equal(
                0,
                log.ExecuteScalar<int>(
                    """
                    SELECT COUNT(*) FROM frames f JOIN code_versions v ON v.id = f.version_id JOIN channels c ON c.id = f.channel_id
                    WHERE c.deleted = 0 AND v.digest NOT IN (SELECT digest FROM registry.versions)
                    """
                )
            );
        }

        await stop.CancelAsync();
        await churn;
    }

    [Fact]
    public void Create_TheDataDirectory_IsRefused()
    {
        StoreException exception = Assert.Throws<StoreException>(() => Backup(Data).Create(Data.Root, null, _ => { }, Ct));

        Assert.Contains("Name a folder outside", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_FolderInTheDataDirectory_Warns()
    {
        Backup(Data).Create(Path.Combine(Data.Root, "backups"), null, _lines.Add, Ct);

        Assert.Contains(_lines, line => line.StartsWith("warning: ", StringComparison.Ordinal));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void CreateAndRestore_FolderOfAnotherUser_SayThatItCannotBeRead()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "This user can read every folder: run the tests as another user than root.");
        DirectoryInfo folder = Directory.CreateDirectory(_directory.File("closed"));
        UnixFileMode open = folder.UnixFileMode;
        folder.UnixFileMode = UnixFileMode.None;
        var closed = new DataLayout(folder.FullName);

        string backup = Assert.Throws<StoreException>(() => Backup(closed).Create(Backups, null, _ => { }, Ct)).Message;
        string restore = Assert.Throws<StoreException>(() => Restore(folder.FullName)).Message;
        // So that the folder can be deleted.
        folder.UnixFileMode = open;

        Assert.Contains("cannot be read by this user", backup, StringComparison.Ordinal);
        Assert.Contains("cannot be read by this user", restore, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_Cancelled_LeavesNothing()
    {
        await AddVersionAsync("manifest", [AddBlob(1)]);
        using var stop = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => Backup(Data).Create(Backups, null, _ => stop.Cancel(), stop.Token));

        Assert.Equal(["lock"], Names(Backups));
    }

    [Fact]
    public void Create_Keep_DeletesTheOldestBackupsAndTheRemainsOfAKilledOne()
    {
        Directory.CreateDirectory(Path.Combine(Backups, "20261125T020000.000Z.partial"));
        Directory.CreateDirectory(Path.Combine(Backups, "mine.partial"));
        for (int day = 0; day < 4; day++)
        {
            Backup(Data).Create(Backups, keep: 2, _lines.Add, Ct);
            _time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal(["20261128T020000.123Z", "20261129T020000.123Z", "lock", "mine.partial"], Names(Backups));
    }

    [Fact]
    public void Create_AnotherBackupRuns_IsRefused()
    {
        StoreException? refused = null;

        Create(_ => refused ??= Assert.Throws<StoreException>(() => Backup(Data).Create(Backups, null, _ => { }, Ct)));

        Assert.Contains("another backup", refused!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_NoStore_IsRefused()
    {
        StoreException exception = Assert.Throws<StoreException>(() => Backup(Restored).Create(Backups, null, _ => { }, Ct));

        Assert.Contains("--data-directory", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Restored.Root));
    }

    private async Task ChurnAsync(CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            Digest version = await AddVersionAsync($"version {i}", []);
            (ChannelRecord channel, _) = await _stores.Log.CreateAsync($"channel-{i}", Retention.All, Ct);
            await _stores.Log.AppendAsync(channel.Id, Runs.Of(1, version: version), null, Ct);
            await _stores.Log.DeleteAsync(channel.Id.Name, Ct);
            await _stores.Registry.DeleteVersionAsync("faces", version, Ct);
        }
    }

    private static IOptions<StoreOptions> OptionsOf(DataLayout layout) => Options.Create(new StoreOptions { DataDirectory = layout.Root });

    private static string[] Names(string folder) =>
        [.. Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [UnsupportedOSPlatform("windows")]
    private static void AssertPrivate(string folder)
    {
        const UnixFileMode ofOthers = (UnixFileMode)0b000_111_111;
        Assert.All(
            Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories),
            path => Assert.True((File.GetUnixFileMode(path) & ofOthers) == 0, $"{path}: {File.GetUnixFileMode(path)}")
        );
    }

    private EmbeddedBackup Backup(DataLayout layout) => new(OptionsOf(layout), _time);

    private string Create(Action<string>? report = null)
    {
        StoreCopy copy = Backup(Data)
            .Create(
                Backups,
                keep: null,
                line =>
                {
                    _lines.Add(line);
                    report?.Invoke(line);
                },
                Ct
            );
        Assert.Equal(0, copy.Problems);
        return copy.Folder;
    }

    /// <summary>Makes a backup; then, a day later, the store has damaged codes.</summary>
    private async Task<string> CreateBeforeDamageAsync()
    {
        string good = Create();
        await AddDamagedCodesAsync();
        _time.Advance(TimeSpan.FromDays(1));
        return good;
    }

    /// <summary>Stores 30 codes in three rows, and damages the second within its frame, where SQLite sees nothing.</summary>
    private async Task AddDamagedCodesAsync()
    {
        Digest version = await AddVersionAsync("codes", []);
        ChannelId channel = (await _stores.Log.CreateAsync("faces", Retention.All, Ct)).Channel.Id;
        for (int i = 0; i < 3; i++)
            await _stores.Log.AppendAsync(channel, Runs.Of(10, version: version), null, Ct);

        using var log = new SqliteConnection($"Data Source={Data.ChannelLog};Pooling=False");
        log.Execute("UPDATE frames SET frame = CAST(X'00' || SUBSTR(frame, 2) AS BLOB) WHERE first_sequence = 11");
    }

    private Digest AddBlob(int seed)
    {
        byte[] bytes = Blobs.Random(100_000, seed);
        Digest digest = Digest.Of(bytes);
        // Only once: a backup may read it meanwhile.
        if (!File.Exists(Data.Blob(digest)))
            _directory.Write(Path.GetRelativePath(_directory.Path, Data.Blob(digest)), bytes);
        return digest;
    }

    /// <summary>Adds a version whose manifest lists the blobs; without any, one of its own.</summary>
    private async Task<Digest> AddVersionAsync(string note, Digest[] blobs)
    {
        blobs = blobs.Length > 0 ? blobs : [AddBlob(0)];
        BlobEntry first = Small.Golden.Image with { Digest = blobs[0] };
        ModelManifest manifest = Small with
        {
            Encoder = first,
            Heads = [Small.Heads[0] with { Graph = first with { Digest = blobs[^1] } }],
            Prior = first,
            Golden = Small.Golden with { Image = first },
            Provenance = new Dictionary<string, string> { ["note"] = note },
        };
        byte[] bytes = manifest.ToJson();
        Digest digest = Digest.Of(bytes);
        await _stores.Registry.AddVersionAsync(new NewVersion("faces", digest, "anna", bytes.Length, bytes, blobs), Ct);
        return digest;
    }
}
