using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Recognizes the errors that a full disk causes.</summary>
internal static class DiskFull
{
    private const int SqliteFull = 13;

    private const int SqliteIoError = 10;

    private const int SqliteCannotOpen = 14;

    // SQLITE_IOERR_SHMSIZE: SQLite cannot grow its shared memory. On a full tmpfs this error occurs before SQLITE_FULL.
    private const int SqliteIoErrorShmSize = 4874;

    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Whether a full disk, quota or database raised this exception.</summary>
    public static bool IsCauseOf(Exception exception) =>
        exception switch
        {
            SqliteException sqlite => sqlite.SqliteErrorCode == SqliteFull || sqlite.SqliteExtendedErrorCode == SqliteIoErrorShmSize,
            IOException io => io.HResult is NoSpace or QuotaExceeded or WindowsDiskFull,
            _ => false,
        };

    /// <summary>
    /// Whether a full disk may have raised this exception when a database was opened: SQLite reports files that it cannot create or extend
    /// as errors of input and output.
    /// </summary>
    public static bool MayBeCauseOfStart(SqliteException exception) =>
        exception.SqliteErrorCode is SqliteFull or SqliteIoError or SqliteCannotOpen;

    /// <summary>Creates the failure of a write that is not begun, because it would take the space of a checkpoint.</summary>
    public static IOException NoRoom() => new("The rest of the disk is kept for the write-ahead logs.", NoSpace);

    /// <summary>Creates the refusal of a write that found the disk full.</summary>
    public static RequestException ToRequestException(Exception? cause = null) =>
        new(
            RequestError.ResourceExhausted,
            "DISK_FULL",
            "The disk is full (or the database has reached its limit): nothing was stored. Free space or raise the limit, then try again; reading still works.",
            cause
        );
}
