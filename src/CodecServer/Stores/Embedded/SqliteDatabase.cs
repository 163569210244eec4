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

    /// <summary>Milliseconds that a checkpoint waits for readers; writers wait as long.</summary>
    private const int CheckpointTimeout = 100;

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
    /// <exception cref="StoreException">The file is not a database, is damaged, or was written by a newer server.</exception>
    public SqliteDatabase(string path, IReadOnlyList<string> schema, long maxBytes, ILogger logger)
    {
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
            using SqliteConnection connection = Open();

            if (connection.ExecuteScalar<long>("PRAGMA page_count") == 0)
            {
                // Must precede WAL, which writes the first page: after that, only VACUUM can change this setting.
                connection.Execute("PRAGMA auto_vacuum = INCREMENTAL");
            }

            connection.Execute("PRAGMA journal_mode = WAL");
            Migrate(connection, schema);
            EnableIncrementalVacuum(connection, logger);
        }
        catch (SqliteException exception)
        {
            throw new StoreException($"The database {path} cannot be opened: {exception.Message}", exception);
        }
    }

    /// <summary>Bytes of the file.</summary>
    public long FileBytes => new FileInfo(_path).Length;

    /// <summary>Bytes of its write-ahead log.</summary>
    public long LogBytes => new FileInfo(_path + "-wal") is { Exists: true } log ? log.Length : 0;

    /// <summary>Opens a pooled connection, owned by the caller.</summary>
    /// <remarks>
    /// In WAL mode, synchronous = FULL syncs at every commit, so that an acknowledged write survives a power cut.
    /// </remarks>
    public SqliteConnection Open() => Open(new SqliteConnection(_connectionString));

    /// <summary>Opens the writer's connection, owned by the caller.</summary>
    public PreparingConnection OpenForWriting() => Open(new PreparingConnection(_connectionString));

    /// <summary>
    /// Moves the write-ahead log into the file and truncates both; moves only a part and truncates nothing if a reader does not end in
    /// time.
    /// </summary>
    public void Checkpoint()
    {
        using SqliteConnection connection = Open();
        connection.Execute($"PRAGMA busy_timeout = {CheckpointTimeout}; PRAGMA wal_checkpoint(TRUNCATE)");
    }

    private T Open<T>(T connection)
        where T : SqliteConnection
    {
        connection.Open();
        connection.Execute("PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000");
        if (_maxBytes > 0)
        {
            long pageSize = connection.ExecuteScalar<long>("PRAGMA page_size");
            connection.Execute($"PRAGMA max_page_count = {Math.Max(1, _maxBytes / pageSize)}");
        }

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
        long room = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(_path))!).AvailableFreeSpace;
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
