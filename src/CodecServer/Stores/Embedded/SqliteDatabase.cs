using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>One SQLite file: how it is opened, what makes it durable, and which schema it has.</summary>
internal sealed class SqliteDatabase
{
    private readonly string _connectionString;
    private readonly string _path;
    private readonly long _maxBytes;

    // Columns are written first_sequence, records FirstSequence.
    static SqliteDatabase() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>Opens the database, and creates it where it is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">The schema, step by step: step n takes a database from user_version n to n + 1.</param>
    /// <param name="maxBytes">Most bytes of the file; 0 for no bound.</param>
    /// <exception cref="DataDirectoryException">The file is no database, is damaged, or was written by a newer server.</exception>
    public SqliteDatabase(string path, IReadOnlyList<string> schema, long maxBytes)
    {
        _path = path;
        _maxBytes = maxBytes;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, ForeignKeys = true, DefaultTimeout = 5 }.ToString();
        try
        {
            using SqliteConnection connection = Open();
            connection.Execute("PRAGMA journal_mode = WAL");
            Migrate(connection, schema);
        }
        catch (SqliteException exception)
        {
            throw new DataDirectoryException($"The database {path} cannot be opened: {exception.Message}", exception);
        }
    }

    /// <summary>A connection, pooled, owned by the caller.</summary>
    /// <remarks>
    /// With the write-ahead log, synchronous = FULL syncs at every commit: an acknowledged write survives a power cut, too.
    /// </remarks>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
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
            throw new DataDirectoryException(
                $"The database {_path} has schema {version}, written by a newer server; this one knows up to {schema.Count}. Run the newer server.");
        }

        if (version == schema.Count)
        {
            // Nothing to write: a server whose disk is full can still be started and read from.
            return;
        }

        foreach (string step in schema.Skip(version))
        {
            connection.Execute(step, transaction: transaction);
        }

        connection.Execute($"PRAGMA user_version = {schema.Count}", transaction: transaction);
        transaction.Commit();
    }
}
