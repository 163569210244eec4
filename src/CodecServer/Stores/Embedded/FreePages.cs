using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Returns the pages that deletions freed to the disk, once there are many.</summary>
internal sealed class FreePages(SqliteDatabase database, SqliteWriter writer, DiskReserve reserve)
{
    /// <summary>Pages that one write returns: 4 MiB, so that other writes wait for tens of milliseconds.</summary>
    private const int PagesPerStep = 1024;

    /// <summary>
    /// Bytes of free pages that may always stay in a file. Under steady retention, insertions reuse the pages that deletions free; pages
    /// that were returned and allocated again would be written twice.
    /// </summary>
    private const long KeptBytes = 64 << 20;

    /// <summary>Free pages may also be up to 1 / KeptPart of the file.</summary>
    private const int KeptPart = 4;

    /// <summary>Bytes of the write-ahead log above which it is emptied: more than it has between checkpoints.</summary>
    private const long MaxLogBytes = 64 << 20;

    /// <summary>Returns all free pages if more than may stay are free, or if the disk is full; then truncates the files.</summary>
    public async Task ReturnAsync(CancellationToken cancellationToken)
    {
        FileState state = Read();
        bool isFull = reserve.IsReleased;
        if (state.CanShrink && (isFull || state.FreePages > state.Pages / KeptPart || state.FreePages * state.PageSize > KeptBytes))
        {
            int step;
            for (long left = state.FreePages; left > 0; left -= step)
            {
                step = Math.Min(PagesPerStep, reserve.RowsPerStep ?? PagesPerStep);
                await writer.FreeStepAsync(
                    connection => connection.Execute($"PRAGMA incremental_vacuum({step})"),
                    committed: null,
                    cancellationToken
                );
            }

            state = Read();
        }

        // The sizes of the files decide, not whether this call freed pages: an earlier checkpoint may have met a reader and left them long.
        // A log takes space that is short, also after its pages were moved.
        long bytes = state.Pages * state.PageSize;
        bool isShort = reserve.RowsPerStep is not null && database.LogBytes > 0;
        if (isFull || isShort || database.FileBytes > bytes || database.LogBytes > MaxLogBytes)
            database.Checkpoints.Truncate();
        else if (bytes - database.FileBytes > reserve.ShortLogBytes)
            database.Checkpoints.Move();

        reserve.TryRestore();
        database.Mark?.Flush();
    }

    private FileState Read()
    {
        using SqliteConnection connection = database.Open();
        return connection.QuerySingle<FileState>(
            """
            SELECT page_count AS pages, page_size, freelist_count AS free_pages, auto_vacuum
            FROM pragma_page_count, pragma_page_size, pragma_freelist_count, pragma_auto_vacuum
            """
        );
    }

    private sealed record FileState(long Pages, long PageSize, long FreePages, long AutoVacuum)
    {
        public bool CanShrink => AutoVacuum == SqliteDatabase.IncrementalVacuum;
    }
}
