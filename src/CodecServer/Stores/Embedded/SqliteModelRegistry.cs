using Codec.Models;
using Codec.Server.Options;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>Stores versions and aliases in SQLite. An alias's state is its last move, so that state and history cannot disagree.</summary>
internal sealed partial class SqliteModelRegistry : IModelRegistry, IAsyncDisposable
{
    /// <summary>Deleted versions that are remembered: as many as a registry may have versions.</summary>
    private const int DeletedRemembered = 10_000;

    private const string SelectVersion = "SELECT model, digest, publisher, published_at, size FROM versions";

    private const string SelectMoves =
        "SELECT model, name, digest, targets, revision, restored, moved_by, moved_at FROM alias_moves AS move";

    private static readonly string[] Schema =
    [
        """
            CREATE TABLE versions (
                id INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, publisher TEXT NOT NULL,
                published_at INTEGER NOT NULL, size INTEGER NOT NULL, manifest BLOB NOT NULL);
            CREATE INDEX versions_by_model ON versions (model, id);
            CREATE TABLE version_blobs (
                version_id INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE, digest TEXT NOT NULL,
                PRIMARY KEY (version_id, digest)) WITHOUT ROWID;
            CREATE INDEX versions_by_blob ON version_blobs (digest);
            CREATE TABLE alias_moves (
                model TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, digest TEXT,
                moved_by TEXT NOT NULL, moved_at INTEGER NOT NULL,
                PRIMARY KEY (model, name, revision)) WITHOUT ROWID;
            """,
        // The largest revision of the forgotten aliases of a model: a new alias continues after it, so that no revision is given twice.
        """
            CREATE TABLE forgotten_aliases (model TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
            """,
        // targets: all targets of a split, as Rows.WriteTargets writes them; digest is the first. restored: the revision that a rollback
        // restored, else 0. deleted_versions: a log with codes of one of them is not damaged.
        """
            ALTER TABLE alias_moves ADD COLUMN targets TEXT;
            ALTER TABLE alias_moves ADD COLUMN restored INTEGER NOT NULL DEFAULT 0;
            CREATE TABLE deleted_versions (id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE);
            """,
    ];

    private readonly SqliteDatabase _database;
    private readonly SqliteWriter _writer;
    private readonly ChangeFeed _changes = new();
    private readonly RecentReads<Digest, VersionRecord> _recentVersions = new();
    private readonly RecentReads<(string Model, string Name), AliasRecord> _recentAliases = new();
    private readonly TimeProvider _time;
    private readonly FreePages _freePages;
    private readonly StoreOptions _options;

    public SqliteModelRegistry(
        DataDirectory directory,
        DiskReserve reserve,
        IOptions<StoreOptions> options,
        TimeProvider time,
        ILogger<SqliteModelRegistry> logger
    )
    {
        _database = new SqliteDatabase(
            directory.Registry,
            Schema,
            options.Value.MaxDatabaseBytes,
            logger,
            reserve,
            new CommitMark(directory, MarkedDatabase.Registry, logger)
        );
        _writer = new SqliteWriter(_database, options.Value.WriteQueueLength, logger, reserve);
        _freePages = new FreePages(_database, _writer, reserve);
        _time = time;
        _options = options.Value;
    }

    public async Task<(VersionRecord Version, bool Created)> AddVersionAsync(NewVersion version, CancellationToken cancellationToken) =>
        await _writer.RunAsync(
            connection => FindVersion(connection, version.Digest) is { } existing ? (existing, false) : (Insert(connection, version), true),
            result =>
            {
                if (result.Item2)
                    Announce(new VersionPublished(result.Item1));
            },
            version.Manifest.Length,
            cancellationToken
        );

    public Task<VersionRecord?> FindVersionAsync(Digest digest, CancellationToken cancellationToken) =>
        Task.FromResult(_recentVersions.GetOrRead(digest, ReadVersion));

    public Task<byte[]> ReadManifestAsync(Digest digest, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult(
            connection.QuerySingleOrDefault<byte[]>("SELECT manifest FROM versions WHERE digest = @Hex", new { digest.Hex })
                ?? throw RequestException.NotFound("version", digest.Hex)
        );
    }

    public Task RequireDeletableAsync(string model, Digest digest, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        RequireDeletable(connection, model, digest);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<Digest>> DeleteVersionAsync(string model, Digest digest, CancellationToken cancellationToken)
    {
        VersionRecord? deleted = null;
        return _writer.FreeAsync(
            connection =>
            {
                deleted = RequireDeletable(connection, model, digest);
                return Delete(connection, deleted);
            },
            _ => Announce(new VersionDeleted(deleted!)),
            cancellationToken
        );
    }

    public Task<AliasRecord?> FindAliasAsync(string model, string name, CancellationToken cancellationToken) =>
        Task.FromResult(_recentAliases.GetOrRead((model, name), ReadAlias));

    public Task SweepAsync(CancellationToken cancellationToken) => _freePages.ReturnAsync(cancellationToken);

    public IAsyncEnumerable<RegistryChange> WatchAsync(string? model, CancellationToken cancellationToken)
    {
        ChangeFeed.Watcher watcher = ChangeFeed.CreateWatcher(model);

        // The writer runs the snapshot and then, before any other write, the registration: no change can fall between the two.
        return _changes.WatchAsync(
            watcher,
            () => _writer.RunAsync(connection => SelectAliases(connection, model), _ => _changes.Add(watcher), cancellationToken),
            cancellationToken
        );
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private VersionRecord? ReadVersion(Digest digest)
    {
        using SqliteConnection connection = _database.Open();
        return FindVersion(connection, digest);
    }

    private AliasRecord? ReadAlias((string Model, string Name) alias)
    {
        using SqliteConnection connection = _database.Open();
        return LastMove(connection, alias.Model, alias.Name) is { Targets.First: not null } move ? move : null;
    }

    /// <summary>Tells readers and watchers of a change. Runs after its commit, before the caller that made it gets its answer.</summary>
    private void Announce(RegistryChange change)
    {
        _recentVersions.Forget();
        _recentAliases.Forget();
        _changes.Publish(change);
    }

    private static VersionRecord? FindVersion(SqliteConnection connection, Digest digest) =>
        connection.QuerySingleOrDefault<VersionRow>($"{SelectVersion} WHERE digest = @Hex", new { digest.Hex })?.ToRecord();

    private static AliasRecord? LastMove(SqliteConnection connection, string model, string name) =>
        connection
            .QuerySingleOrDefault<AliasRow>(
                $"{SelectMoves} WHERE model = @model AND name = @name ORDER BY revision DESC LIMIT 1",
                new { model, name }
            )
            ?.ToRecord();

    private static VersionRecord RequireDeletable(SqliteConnection connection, string model, Digest digest)
    {
        if (FindVersion(connection, digest) is not { } version || version.Model != model)
            throw RequestException.NotFound("version", $"{model}@sha256:{digest}");

        if (SelectAliases(connection, model).FirstOrDefault(alias => alias.Targets.Contains(digest)) is { } alias)
        {
            throw new RequestException(
                RequestError.FailedPrecondition,
                "VERSION_IN_USE",
                $"The alias '{alias.Name}' points to {digest}; move or delete it first."
            )
            {
                Violations = [new(alias.Name, "This alias points to the version.")],
            };
        }

        return version;
    }

    private static IReadOnlyList<Digest> Delete(SqliteConnection connection, VersionRecord version)
    {
        // Read first: the deletion cascades to version_blobs.
        IEnumerable<string> orphans = connection.Query<string>(
            """
            SELECT mine.digest FROM version_blobs mine JOIN versions v ON v.id = mine.version_id
            WHERE v.digest = @Hex
              AND NOT EXISTS (SELECT 1 FROM version_blobs other WHERE other.digest = mine.digest AND other.version_id <> mine.version_id)
            """,
            new { version.Digest.Hex }
        );
        connection.Execute(
            """
            DELETE FROM versions WHERE digest = @Hex;
            INSERT OR REPLACE INTO deleted_versions (digest) VALUES (@Hex);
            DELETE FROM deleted_versions WHERE id <= (SELECT MAX(id) FROM deleted_versions) - @DeletedRemembered;
            """,
            new { version.Digest.Hex, DeletedRemembered }
        );
        return [.. orphans.Select(Rows.ParseDigest)];
    }

    private VersionRecord Insert(SqliteConnection connection, NewVersion version)
    {
        if (connection.ExecuteScalar<int>("SELECT COUNT(*) FROM versions") >= _options.MaxVersions)
        {
            throw new RequestException(
                RequestError.ResourceExhausted,
                "TOO_MANY_VERSIONS",
                $"The server holds {_options.MaxVersions} versions already; delete some, or raise --max-versions."
            );
        }

        long id = connection.ExecuteScalar<long>(
            """
            INSERT INTO versions (model, digest, publisher, published_at, size, manifest)
            VALUES (@Model, @Hex, @Publisher, @now, @Size, @manifest) RETURNING id
            """,
            new
            {
                version.Model,
                version.Digest.Hex,
                version.Publisher,
                now = Now(),
                version.Size,
                manifest = version.Manifest.ToArray(),
            }
        );
        connection.Execute(
            "INSERT INTO version_blobs (version_id, digest) VALUES (@id, @Hex)",
            version.Blobs.Select(blob => new { id, blob.Hex })
        );
        return FindVersion(connection, version.Digest)!;
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record VersionRow(string Model, string Digest, string Publisher, long PublishedAt, long Size)
    {
        public VersionRecord ToRecord() =>
            new(Model, Rows.ParseDigest(Digest), Publisher, DateTimeOffset.FromUnixTimeMilliseconds(PublishedAt), Size);
    }

    private sealed record AliasRow(
        string Model,
        string Name,
        string? Digest,
        string? Targets,
        long Revision,
        long Restored,
        string MovedBy,
        long MovedAt
    )
    {
        public AliasRecord ToRecord() =>
            new(
                Model,
                Name,
                Rows.ParseTargets(Digest, Targets),
                Revision,
                MovedBy,
                DateTimeOffset.FromUnixTimeMilliseconds(MovedAt),
                Restored
            );
    }
}
