using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Codec.Server.Stores.Embedded;

/// <summary>Moves the pages of a database's write-ahead log into its file, beside the writer.</summary>
/// <remarks>
/// SQLite's own checkpoint is a part of the commit after which the log has 1,000 pages, and syncs the log and the file. It delayed that
/// commit, the writes after it, and the notification of readers by as much as a second (ADR 39). The log starts again at its beginning only
/// after all of it was moved. A writer that never pauses prevents that, so the writer then moves the rest itself; the rest is small.
/// </remarks>
/// <param name="database">The database.</param>
/// <param name="shortBytes">Bytes of the log after which SQLite checkpoints while the disk is nearly full.</param>
internal sealed class Checkpoints(SqliteDatabase database, long shortBytes)
{
    /// <summary>Pages written between two moves: 4 MiB, SQLite's own number.</summary>
    private const int PagesBetween = 1000;

    /// <summary>
    /// Pages in the log above which the writer moves the rest, and pages that it may write during a move: 16 MiB each, so that the log has
    /// at most about 36 MiB and the pages of one commit.
    /// </summary>
    private const int MostPages = 4096;

    /// <summary>
    /// Free bytes of the disk below which SQLite checkpoints by itself, so that the log is short: a full disk needs room to be emptied.
    /// </summary>
    private const long TightBytes = 256 << 20;

    /// <summary>Milliseconds that a truncation waits for readers; writers wait as long.</summary>
    private const int TruncationTimeout = 100;

    private const int PageBytes = 4096;

    // SQLite refuses a checkpoint while another one runs.
    private readonly Lock _lock = new();
    private Task<long> _move = Task.FromResult(0L);
    private long _written;
    private bool _isBeside;

    /// <summary>Takes over the checkpoints of the writer's connection, if the disk has room for a longer log.</summary>
    public void Begin(SqliteConnection writer)
    {
        _isBeside = database.FreeBytes >= TightBytes;
        writer.Execute($"PRAGMA wal_autocheckpoint = {(_isBeside ? 0 : Math.Clamp(shortBytes / PageBytes, 1, PagesBetween))}");
    }

    /// <summary>Begins a move if one is due; call it on the writer's thread after each commit.</summary>
    /// <param name="writer">The writer's connection, outside a transaction.</param>
    public void Follow(SqliteConnection writer)
    {
        raw.sqlite3_db_status(writer.Handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out int written, out _, resetFlg: 1);
        _written += written;
        if (!_move.IsCompleted && _written < MostPages)
            return;

        bool isLong = _move.GetAwaiter().GetResult() > MostPages;
        if (!isLong && _written < PagesBetween)
            return;

        Begin(writer);
        _written = 0;
        _move = Task.FromResult(0L);
        if (isLong)
        {
            TryMove(writer);
        }
        else if (_isBeside)
        {
            _move = Task.Factory.StartNew(
                () => TryMove(writer: null),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
        }
    }

    /// <summary>Moves what no reader needs in the log any more; blocks no writer.</summary>
    public void Move() => TryMove(writer: null);

    /// <summary>Waits until no move is running.</summary>
    public Task EndAsync() => _move;

    /// <summary>
    /// Moves the whole log into the file and truncates both; moves only a part and truncates nothing if a reader does not end in time.
    /// </summary>
    public void Truncate()
    {
        lock (_lock)
        {
            using SqliteConnection connection = database.Open();
            connection.Execute($"PRAGMA busy_timeout = {TruncationTimeout}; PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }

    /// <summary>Truncates; does nothing if the disk is too full.</summary>
    public void TryTruncate()
    {
        try
        {
            Truncate();
        }
        catch (SqliteException)
        {
            // The log stays as it is; what failed before fails again and is reported.
        }
    }

    /// <summary>Moves what no reader needs in the log any more; returns the pages that the log had.</summary>
    /// <param name="writer">The writer's connection, on its thread; null for one of its own.</param>
    private long TryMove(SqliteConnection? writer)
    {
        try
        {
            lock (_lock)
            {
                using SqliteConnection? own = writer is null ? database.Open() : null;
                (_, long pages, _) = (writer ?? own!).QuerySingle<(long, long, long)>("PRAGMA wal_checkpoint(PASSIVE)");
                return pages;
            }
        }
        catch (SqliteException)
        {
            // A full disk: the log stays as it is, and the next commits fail and are reported.
            return 0;
        }
    }
}
