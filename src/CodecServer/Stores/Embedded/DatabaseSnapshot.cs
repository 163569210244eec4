using Codec.Models;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Codec.Server.Stores.Embedded;

/// <summary>One state of a database, which a server in another process may go on writing to. Disposing it releases the state.</summary>
/// <remarks>While a snapshot is held, the write-ahead log keeps all later writes; SQLite's online backup copies the held state.</remarks>
internal sealed class DatabaseSnapshot : IDisposable
{
    /// <summary>Pages that are copied between two looks at the cancellation: 1 MiB.</summary>
    private const int PagesPerStep = 256;

    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;

    /// <summary>Takes the state that the last commit left.</summary>
    /// <exception cref="SqliteException">The file is missing, or is not a database.</exception>
    /// <exception cref="StoreException">The database is empty.</exception>
    public DatabaseSnapshot(string path)
    {
        _connection = Connect(path);
        try
        {
            _transaction = _connection.BeginTransaction(deferred: true);
            RequireTables(_connection, path);

            // A deferred transaction takes its state with its first read.
            Bytes =
                _connection.ExecuteScalar<long>("PRAGMA page_size", transaction: _transaction)
                * _connection.ExecuteScalar<long>("PRAGMA page_count", transaction: _transaction);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the database.</summary>
    public long Bytes { get; }

    /// <summary>Opens an existing database, owned by the caller.</summary>
    /// <remarks>Not read-only: a reader of a write-ahead log needs the log's shared memory, a file that it may have to create.</remarks>
    public static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadWrite,
                Pooling = false,
                DefaultTimeout = 5,
            }.ToString()
        );
        connection.Open();
        return connection;
    }

    /// <summary>Returns the digests of all blobs that the versions of a registry list.</summary>
    public static IReadOnlyList<Digest> ListBlobs(SqliteConnection registry) =>
        [.. registry.Query<string>("SELECT DISTINCT digest FROM version_blobs ORDER BY digest").Select(Rows.ParseDigest)];

    /// <summary>Verifies the structure of a database.</summary>
    /// <param name="connection">The database, or a copy of it.</param>
    /// <param name="path">The database's file, for messages.</param>
    /// <exception cref="StoreException">It is damaged or empty.</exception>
    public static void Verify(SqliteConnection connection, string path)
    {
        RequireTables(connection, path);
        string problem = connection.ExecuteScalar<string>("PRAGMA quick_check(1)") ?? "no answer";
        if (problem != "ok")
            throw new StoreException($"The database {path} is damaged: {problem}. Use an earlier backup.");
    }

    /// <inheritdoc cref="ListBlobs(SqliteConnection)"/>
    public IReadOnlyList<Digest> ListBlobs() => ListBlobs(_connection);

    /// <summary>Copies the state into a new file, verifies it, and makes it durable.</summary>
    /// <exception cref="StoreException">The copy is damaged.</exception>
    /// <exception cref="SqliteException">A file cannot be read or written.</exception>
    public void CopyTo(string path, CopyProgress progress, CancellationToken cancellationToken)
    {
        PrivateFiles.CreateFile(path);
        using var target = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        target.Open();
        using (sqlite3_backup backup = raw.sqlite3_backup_init(target.Handle, "main", _connection.Handle, "main"))
        {
            if (backup.IsInvalid)
                SqliteException.ThrowExceptionForRC(raw.sqlite3_errcode(target.Handle), target.Handle);

            long pageSize = _connection.ExecuteScalar<long>("PRAGMA page_size", transaction: _transaction);
            long copied = 0;
            int result;
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                result = raw.sqlite3_backup_step(backup, PagesPerStep);
                long now = pageSize * (raw.sqlite3_backup_pagecount(backup) - raw.sqlite3_backup_remaining(backup));
                progress.Add(now - copied);
                copied = now;
            } while (result == raw.SQLITE_OK);

            if (result != raw.SQLITE_DONE)
                SqliteException.ThrowExceptionForRC(result, target.Handle);
        }

        // One file without a log beside it, which can be read from a volume that is mounted read-only.
        target.Execute("PRAGMA journal_mode = DELETE");
        Verify(target, _connection.DataSource);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _transaction.Dispose();
        _connection.Dispose();
    }

    private static void RequireTables(SqliteConnection connection, string path)
    {
        if (SqliteDatabase.IsEmpty(connection))
        {
            throw new StoreException(
                $"The database {path} is empty: it lost what it held, or no server has finished a start on it. Use an earlier backup."
            );
        }
    }
}
