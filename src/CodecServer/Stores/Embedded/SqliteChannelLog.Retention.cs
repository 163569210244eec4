using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Applies retention: whole rows are dropped from the log's start once a bound no longer protects any of their codes.</summary>
internal sealed partial class SqliteChannelLog
{
    /// <summary>Maximum number of rows or keys that one write drops: tens of milliseconds of work.</summary>
    private const int MaxRowsPerStep = 4096;

    /// <summary>Bytes of codes after which one write drops no further row, because SQLite reads their pages to free them.</summary>
    private const long BytesPerStep = 64 << 20;

    /// <summary>Rows or keys that one write drops now.</summary>
    private int RowsPerStep => Math.Min(MaxRowsPerStep, _reserve.RowsPerStep ?? MaxRowsPerStep);

    /// <summary>
    /// Drops the rows that one of the channel's bounds no longer protects, as many as one write may; returns whether there may be more.
    /// </summary>
    private bool DropExpired(SqliteConnection connection, LogHead head, long now) =>
        head.IsBounded && Drop(connection, head, row => IsExpired(head, row, now));

    /// <summary>
    /// Whether a bound protects no code of the first row: without the row, the log still holds everything that the bound protects.
    /// </summary>
    private static bool IsExpired(LogHead head, RowMark row, long now) =>
        (head.RetainCodes > 0 && head.Codes - row.Count >= head.RetainCodes)
        || (head.RetainBytes > 0 && head.Bytes - row.Bytes >= head.RetainBytes)
        || (head.RetainAge > 0 && row.StoredAt + head.RetainAge <= now);

    /// <summary>
    /// Drops rows from the log's start while the predicate allows it, with the keys whose newest code they hold; returns whether the step's
    /// bound ended it.
    /// </summary>
    private bool Drop(SqliteConnection connection, LogHead head, Predicate<RowMark> mayDrop)
    {
        int rows = 0;
        int most = RowsPerStep;
        long bytes = 0;
        bool isFull = false;
        long end = head.FirstSequence;
        foreach (
            RowMark row in connection.Query<RowMark>(
                "SELECT first_sequence, count, stored_at, bytes FROM frames WHERE channel_id = @Id ORDER BY first_sequence",
                new { head.Id },
                buffered: false
            )
        )
        {
            isFull = rows == most || bytes >= BytesPerStep;
            if (isFull || !mayDrop(row))
                break;

            rows++;
            bytes += row.Bytes;
            end = row.FirstSequence + row.Count;
            head.Codes -= row.Count;
            head.Bytes -= row.Bytes;
        }

        if (rows > 0)
        {
            head.FirstSequence = end;
            connection.Execute(
                """
                DELETE FROM frames WHERE channel_id = @Id AND first_sequence < @end;
                DELETE FROM keys WHERE channel_id = @Id AND sequence < @end;
                """,
                new { head.Id, end }
            );
        }

        return isFull;
    }

    /// <summary>The columns of a row that retention reads.</summary>
    private sealed record RowMark(long FirstSequence, long Count, long StoredAt, long Bytes);
}
