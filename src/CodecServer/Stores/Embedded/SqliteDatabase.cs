using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>One SQLite file: opens connections, makes commits durable, and migrates the schema.</summary>
internal sealed class SqliteDatabase
{
    /// <summary>The value of <c>PRAGMA auto_vacuum</c> that allows free pages to be returned in steps.</summary>
    public const int IncrementalVacuum = 2;

    /// <summary>Size in bytes of the largest file that is rewritten when the server starts: about ten seconds of work.</summary>
    private const long MaxConvertedBytes = 1 << 30;

    /// <summary>Pages by which a deletion may exceed the bound of the file: 1 MiB.</summary>
    private const int LiftedPages = 256;

    private readonly string _connectionString;
    private readonly string _path;
    private readonly long _maxBytes;

    // Maps the column first_sequence to the property FirstSequence.
    static SqliteDatabase() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>Opens the database; creates it if it is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">The schema as steps: step n migrates a database from user_version n to n + 1.</param>
    /// <param name="maxBytes">Maximum number of bytes of the file; 0 for no bound.</param>
    /// <param name="logger">Receives a warning if the file cannot return space to the disk.</param>
    /// <param name="reserve">Released if the disk is too full to open the database; null if there is none.</param>
    /// <param name="mark">Counts its commits, to notice a loss; null if nothing does.</param>
    /// <exception cref="StoreException">
    /// The file is not a database, is damaged, lost commits, is missing or empty beside other data, or was written by a newer server.
    /// </exception>
    public SqliteDatabase(
        string path,
        IReadOnlyList<string> schema,
        long maxBytes,
        ILogger logger,
        DiskReserve? reserve = null,
        CommitMark? mark = null
    )
    {
        Mark = mark;
        mark?.RequireFile(path);
        Checkpoints = new Checkpoints(this, reserve?.ShortLogBytes ?? long.MaxValue);
        _path = path;
        _maxBytes = maxBytes;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            ForeignKeys = true,
            DefaultTimeout = 5,
        }.ToString();
        try
        {
            Prepare(schema, logger);
        }
        catch (SqliteException exception) when (reserve is { IsReleased: false } && DiskFull.MayBeCauseOfStart(exception))
        {
            reserve.Release();
            try
            {
                Prepare(schema, logger);
            }
            catch (SqliteException again)
            {
                throw CannotOpen(again);
            }
        }
        catch (SqliteException exception)
        {
            throw CannotOpen(exception);
        }
    }

    /// <summary>Counts its commits; null if nothing does.</summary>
    public CommitMark? Mark { get; }

    /// <summary>Moves the write-ahead log into the file.</summary>
    public Checkpoints Checkpoints { get; }

    /// <summary>Bytes of the file.</summary>
    public long FileBytes => new FileInfo(_path).Length;

    /// <summary>Bytes of its write-ahead log.</summary>
    public long LogBytes => new FileInfo(_path + "-wal") is { Exists: true } log ? log.Length : 0;

    /// <summary>Bytes that are free on its disk; 0 where the file system does not tell.</summary>
    public long FreeBytes
    {
        get
        {
            try
            {
                return new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(_path))!).AvailableFreeSpace;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return 0;
            }
        }
    }

    /// <summary>Whether a database has no schema: every server's has one since its first start.</summary>
    public static bool IsEmpty(SqliteConnection connection) => connection.ExecuteScalar<int>("PRAGMA user_version") == 0;

    /// <summary>Opens a database that exists, without migrating it; owned by the caller.</summary>
    /// <remarks>Not read-only: SQLite must be able to recover the write-ahead log.</remarks>
    public static SqliteConnection OpenUnchanged(string path)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadWrite,
                Pooling = false,
            }.ToString()
        );
        connection.Open();
        return connection;
    }

    /// <summary>Opens a pooled connection, owned by the caller.</summary>
    /// <remarks>
    /// In WAL mode, synchronous = FULL syncs at every commit, so that an acknowledged write survives a power cut.
    /// </remarks>
    public SqliteConnection Open() => Open(new SqliteConnection(_connectionString));

    /// <summary>Opens the writer's connection, owned by the caller, who calls <see cref="Checkpoints.Follow"/> after each commit.</summary>
    public PreparingConnection OpenForWriting()
    {
        PreparingConnection connection = Open(new PreparingConnection(_connectionString));
        Checkpoints.Begin(connection);
        return connection;
    }

    /// <summary>
    /// Lets a connection write a little beyond the bound of the file, because a deletion may need pages before it frees any; returns false
    /// if there is no bound.
    /// </summary>
    public bool TryLiftBound(SqliteConnection connection)
    {
        if (_maxBytes > 0)
            connection.Execute($"PRAGMA max_page_count = {connection.ExecuteScalar<long>("PRAGMA page_count") + LiftedPages}");

        return _maxBytes > 0;
    }

    /// <summary>Bounds the file again: at its size, while that is above the bound; returns whether the bound holds.</summary>
    public bool TryRestoreBound(SqliteConnection connection)
    {
        long most = MaxPages(connection);
        return connection.ExecuteScalar<long>($"PRAGMA max_page_count = {most}") <= most;
    }

    private void Prepare(IReadOnlyList<string> schema, ILogger logger)
    {
        // SQLite would let others read it.
        PrivateFiles.CreateFile(_path);
        using SqliteConnection connection = Open();
        if (connection.ExecuteScalar<long>("PRAGMA page_count") == 0)
        {
            // Must precede WAL, which writes the first page: after that, only VACUUM can change this setting.
            connection.Execute("PRAGMA auto_vacuum = INCREMENTAL");
        }

        connection.Execute("PRAGMA journal_mode = WAL");
        Mark?.RequireCommits(connection, _path);
        Migrate(connection, schema);
        EnableIncrementalVacuum(connection, logger);
        Mark?.Begin(connection);
    }

    private StoreException CannotOpen(SqliteException exception) =>
        new(
            DiskFull.IsCauseOf(exception)
                ? $"The database {_path} cannot be opened because the disk is full ({exception.Message}); free a few megabytes, then start again."
                : $"The database {_path} cannot be opened: {exception.Message}",
            exception
        );

    private long MaxPages(SqliteConnection connection) => Math.Max(1, _maxBytes / connection.ExecuteScalar<long>("PRAGMA page_size"));

    private T Open<T>(T connection)
        where T : SqliteConnection
    {
        connection.Open();
        connection.Execute("PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000");
        if (_maxBytes > 0)
            connection.Execute($"PRAGMA max_page_count = {MaxPages(connection)}");

        return connection;
    }

    private void Migrate(SqliteConnection connection, IReadOnlyList<string> schema)
    {
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        int version = connection.ExecuteScalar<int>("PRAGMA user_version", transaction: transaction);
        if (version > schema.Count)
        {
            throw new StoreException(
                $"The database {_path} has schema {version}, written by a newer server; this one supports schemas up to {schema.Count}. Run the newer server."
            );
        }

        if (version == schema.Count)
        {
            // Writes nothing, so that a server whose disk is full can still start and serve reads.
            return;
        }

        foreach (string step in schema.Skip(version))
            connection.Execute(step, transaction: transaction);

        connection.Execute($"PRAGMA user_version = {schema.Count}", transaction: transaction);
        transaction.Commit();
    }

    /// <summary>
    /// Rewrites a file that cannot return space to the disk, if that is quick and there is room; otherwise leaves it as it is.
    /// </summary>
    private void EnableIncrementalVacuum(SqliteConnection connection, ILogger logger)
    {
        if (connection.ExecuteScalar<int>("PRAGMA auto_vacuum") == IncrementalVacuum)
            return;

        // VACUUM writes the content twice: to a copy, and to the write-ahead log.
        long bytes = FileBytes + LogBytes;
        long room = FreeBytes;
        if (bytes > MaxConvertedBytes || room < 2 * bytes)
        {
            ServerLog.CannotReturnSpace(logger, _path, bytes, room);
            return;
        }

        try
        {
            connection.Execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException exception) when (DiskFull.IsCauseOf(exception))
        {
            ServerLog.CannotReturnSpace(logger, _path, bytes, room);
        }
    }
}
