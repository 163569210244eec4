using Codec.Models;
using Codec.Server.Options;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>Stores versions and aliases in SQLite. An alias's state is its last move, so that state and history cannot disagree.</summary>
internal sealed class SqliteModelRegistry : IModelRegistry, IAsyncDisposable
{
    private const int MaxHistory = 1000;

    private const string SelectVersion = "SELECT model, digest, publisher, published_at, size FROM versions";

    private const string SelectMoves = "SELECT model, name, digest, revision, moved_by, moved_at FROM alias_moves AS move";

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
    ];

    private readonly SqliteDatabase _database;
    private readonly SqliteWriter _writer;
    private readonly ChangeFeed _changes = new();
    private readonly TimeProvider _time;
    private readonly int _maxVersions;

    public SqliteModelRegistry(
        DataDirectory directory,
        IOptions<StoreOptions> options,
        TimeProvider time,
        ILogger<SqliteModelRegistry> logger
    )
    {
        _database = new SqliteDatabase(directory.Registry, Schema, options.Value.MaxDatabaseBytes, logger);
        _writer = new SqliteWriter(_database, options.Value.WriteQueueLength, logger);
        _time = time;
        _maxVersions = options.Value.MaxVersions;
    }

    public async Task<(VersionRecord Version, bool Created)> AddVersionAsync(NewVersion version, CancellationToken cancellationToken) =>
        await _writer.RunAsync(
            connection => FindVersion(connection, version.Digest) is { } existing ? (existing, false) : (Insert(connection, version), true),
            result =>
            {
                if (result.Item2)
                    _changes.Publish(new VersionPublished(result.Item1));
            },
            cancellationToken
        );

    public Task<VersionRecord?> FindVersionAsync(Digest digest, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult(FindVersion(connection, digest));
    }

    public Task<byte[]> ReadManifestAsync(Digest digest, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult(
            connection.QuerySingleOrDefault<byte[]>("SELECT manifest FROM versions WHERE digest = @Hex", new { digest.Hex })
                ?? throw RequestException.NotFound("version", digest.Hex)
        );
    }

    public Task<IReadOnlyList<VersionRecord>> ListVersionsAsync(string model, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        IEnumerable<VersionRow> rows = connection.Query<VersionRow>(
            $"{SelectVersion} WHERE model = @model ORDER BY id DESC",
            new { model }
        );
        return Task.FromResult<IReadOnlyList<VersionRecord>>([.. rows.Select(row => row.ToRecord())]);
    }

    public Task<IReadOnlyList<ModelRecord>> ListModelsAsync(CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true);
        ILookup<string, AliasRecord> aliases = ListAliases(connection, model: null).ToLookup(alias => alias.Model);
        IEnumerable<(string Name, int Versions)> models = connection.Query<(string, int)>(
            "SELECT model, COUNT(*) FROM versions GROUP BY model ORDER BY model"
        );
        return Task.FromResult<IReadOnlyList<ModelRecord>>([
            .. models.Select(model => new ModelRecord(model.Name, model.Versions, [.. aliases[model.Name]])),
        ]);
    }

    public Task<IReadOnlyList<Digest>> DeleteVersionAsync(string model, Digest digest, CancellationToken cancellationToken)
    {
        VersionRecord? deleted = null;
        return _writer.RunAsync(
            connection =>
            {
                deleted = FindVersion(connection, digest);
                if (deleted is null || deleted.Model != model)
                    throw RequestException.NotFound("version", $"{model}@sha256:{digest}");

                return Delete(connection, deleted);
            },
            _ => _changes.Publish(new VersionDeleted(deleted!)),
            cancellationToken
        );
    }

    public Task<AliasRecord> MoveAliasAsync(AliasMove move, CancellationToken cancellationToken) =>
        _writer.RunAsync(connection => Move(connection, move), moved => _changes.Publish(new AliasMoved(moved)), cancellationToken);

    public Task<AliasRecord?> FindAliasAsync(string model, string name, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult(LastMove(connection, model, name) is { Digest: not null } alias ? alias : null);
    }

    public Task<IReadOnlyList<AliasRecord>> ListAliasesAsync(string? model, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult(ListAliases(connection, model));
    }

    public Task<IReadOnlyList<AliasRecord>> ListAliasHistoryAsync(string model, string name, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        IEnumerable<AliasRow> rows = connection.Query<AliasRow>(
            $"{SelectMoves} WHERE model = @model AND name = @name ORDER BY revision DESC LIMIT @MaxHistory",
            new
            {
                model,
                name,
                MaxHistory,
            }
        );
        return Task.FromResult<IReadOnlyList<AliasRecord>>([.. rows.Select(row => row.ToRecord())]);
    }

    public IAsyncEnumerable<RegistryChange> WatchAsync(string? model, CancellationToken cancellationToken)
    {
        ChangeFeed.Watcher watcher = ChangeFeed.CreateWatcher(model);

        // The writer runs the snapshot and then, before any other write, the registration: no change can fall between the two.
        return _changes.WatchAsync(
            watcher,
            () => _writer.RunAsync(connection => ListAliases(connection, model), _ => _changes.Add(watcher), cancellationToken),
            cancellationToken
        );
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private static VersionRecord? FindVersion(SqliteConnection connection, Digest digest) =>
        connection.QuerySingleOrDefault<VersionRow>($"{SelectVersion} WHERE digest = @Hex", new { digest.Hex })?.ToRecord();

    private static IReadOnlyList<AliasRecord> ListAliases(SqliteConnection connection, string? model) =>
        [
            .. connection
                .Query<AliasRow>(
                    $"""
                    {SelectMoves} WHERE (@model IS NULL OR model = @model) AND digest IS NOT NULL
                        AND revision = (SELECT MAX(revision) FROM alias_moves WHERE model = move.model AND name = move.name)
                    ORDER BY model, name
                    """,
                    new { model }
                )
                .Select(row => row.ToRecord()),
        ];

    private static AliasRecord? LastMove(SqliteConnection connection, string model, string name) =>
        connection
            .QuerySingleOrDefault<AliasRow>(
                $"{SelectMoves} WHERE model = @model AND name = @name ORDER BY revision DESC LIMIT 1",
                new { model, name }
            )
            ?.ToRecord();

    private static IReadOnlyList<Digest> Delete(SqliteConnection connection, VersionRecord version)
    {
        if (ListAliases(connection, version.Model).FirstOrDefault(alias => alias.Digest == version.Digest) is { } alias)
        {
            throw new RequestException(
                RequestError.FailedPrecondition,
                "VERSION_IN_USE",
                $"The alias '{alias.Name}' points to {version.Digest}; move or delete it first."
            )
            {
                Violations = [new(alias.Name, "This alias points to the version.")],
            };
        }

        // Read first: the deletion cascades to version_blobs.
        IEnumerable<string> orphans = connection.Query<string>(
            """
            SELECT mine.digest FROM version_blobs mine JOIN versions v ON v.id = mine.version_id
            WHERE v.digest = @Hex
              AND NOT EXISTS (SELECT 1 FROM version_blobs other WHERE other.digest = mine.digest AND other.version_id <> mine.version_id)
            """,
            new { version.Digest.Hex }
        );
        connection.Execute("DELETE FROM versions WHERE digest = @Hex", new { version.Digest.Hex });
        return [.. orphans.Select(Rows.ParseDigest)];
    }

    private VersionRecord Insert(SqliteConnection connection, NewVersion version)
    {
        if (connection.ExecuteScalar<int>("SELECT COUNT(*) FROM versions") >= _maxVersions)
        {
            throw new RequestException(
                RequestError.ResourceExhausted,
                "TOO_MANY_VERSIONS",
                $"The server holds {_maxVersions} versions already; delete some, or raise --max-versions."
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

    private AliasRecord Move(SqliteConnection connection, AliasMove move)
    {
        AliasRecord? last = LastMove(connection, move.Model, move.Name);
        long revision = last?.Revision ?? 0;
        bool exists = last?.Digest is not null;

        // A deleted alias counts as missing (revision 0), but its revisions continue, so that an old revision never becomes valid again.
        if (move.ExpectedRevision != revision && (exists || move.ExpectedRevision != 0))
        {
            throw new RequestException(
                RequestError.Aborted,
                "REVISION_CONFLICT",
                $"The alias {move.Model}@{move.Name} is at revision {revision}, not {move.ExpectedRevision}; read it again and decide again."
            )
            {
                Metadata = new Dictionary<string, string> { ["revision"] = $"{revision}", ["digest"] = last?.Digest?.Hex ?? "" },
            };
        }

        if (move.Digest is { } digest && FindVersion(connection, digest)?.Model != move.Model)
            throw RequestException.NotFound("version", $"{move.Model}@sha256:{digest}");

        if (move.Digest is null && !exists)
            throw RequestException.NotFound("alias", $"{move.Model}@{move.Name}");

        connection.Execute(
            "INSERT INTO alias_moves (model, name, revision, digest, moved_by, moved_at) VALUES (@Model, @Name, @revision, @Hex, @MovedBy, @now)",
            new
            {
                move.Model,
                move.Name,
                revision = revision + 1,
                Hex = move.Digest?.Hex,
                move.MovedBy,
                now = Now(),
            }
        );
        return LastMove(connection, move.Model, move.Name)!;
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record VersionRow(string Model, string Digest, string Publisher, long PublishedAt, long Size)
    {
        public VersionRecord ToRecord() =>
            new(Model, Rows.ParseDigest(Digest), Publisher, DateTimeOffset.FromUnixTimeMilliseconds(PublishedAt), Size);
    }

    private sealed record AliasRow(string Model, string Name, string? Digest, long Revision, string MovedBy, long MovedAt)
    {
        public AliasRecord ToRecord() =>
            new(
                Model,
                Name,
                Digest is null ? null : Rows.ParseDigest(Digest),
                Revision,
                MovedBy,
                DateTimeOffset.FromUnixTimeMilliseconds(MovedAt)
            );
    }
}
