using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Gives the pages that deletions freed back to the disk, where they are many.</summary>
internal sealed class FreePages(SqliteDatabase database, SqliteWriter writer)
{
    /// <summary>Pages that one write gives back: 4 MiB, so that others wait for some tens of milliseconds.</summary>
    private const int PagesPerStep = 1024;

    /// <summary>
    /// Bytes of free pages that may stay in a file, however small a part of it they are. Steady retention frees about what it takes: its
    /// pages serve its insertions; pages that are given back and taken again would be written twice.
    /// </summary>
    private const long KeptBytes = 64 << 20;

    /// <summary>Free pages may also be this part of the file: 1 / 4.</summary>
    private const int KeptPart = 4;

    /// <summary>Bytes of the write-ahead log beyond which it is emptied: several times its size between SQLite's own checkpoints.</summary>
    private const long MaxLogBytes = 64 << 20;

    /// <summary>Gives back all free pages where they are more than may stay, then cuts the files.</summary>
    public async Task GiveBackAsync(CancellationToken cancellationToken)
    {
        FileState state = Read();
        if (state.CanShrink && (state.FreePages > state.Pages / KeptPart || state.FreePages * state.PageSize > KeptBytes))
        {
            for (long left = state.FreePages; left > 0; left -= PagesPerStep)
            {
                await writer.RunAsync(
                    connection => connection.Execute($"PRAGMA incremental_vacuum({PagesPerStep})"),
                    committed: null,
                    cancellationToken
                );
            }

            state = Read();
        }

        // A checkpoint that met a reader left the file as long as it was: what the files say decides, not what was done now.
        if (database.FileBytes > state.Pages * state.PageSize || database.LogBytes > MaxLogBytes)
        {
            database.Checkpoint();
        }
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
