using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Retention: rows leave at the log's start, whole, when all of their codes may go.</summary>
internal sealed partial class SqliteChannelLog
{
    /// <summary>Rows, keys or consumers that one write drops at most: some tens of milliseconds.</summary>
    private const int RowsPerStep = 4096;

    /// <summary>Bytes of codes after which a write drops no further row: their pages are read to be freed.</summary>
    private const long BytesPerStep = 64 << 20;

    /// <summary>Drops rows that are beyond any of the channel's bounds, as many as one write may; true where there may be more.</summary>
    private static bool DropOutlived(SqliteConnection connection, LogHead head, long now) =>
        head.IsBounded && Drop(connection, head, row => IsOutlived(head, row, now));

    /// <summary>Whether all codes of the first row are beyond a bound: without them, the log still has what the bound says.</summary>
    private static bool IsOutlived(LogHead head, RowMark row, long now) =>
        (head.RetainCodes > 0 && head.Codes - row.Count >= head.RetainCodes)
        || (head.RetainBytes > 0 && head.Bytes - row.Bytes >= head.RetainBytes)
        || (head.RetainAge > 0 && row.StoredAt + head.RetainAge <= now);

    /// <summary>
    /// Drops rows from the log's start while they may go, with the keys whose newest code they hold; true where the step ended first.
    /// </summary>
    private static bool Drop(SqliteConnection connection, LogHead head, Predicate<RowMark> mayGo)
    {
        int rows = 0;
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
            isFull = rows == RowsPerStep || bytes >= BytesPerStep;
            if (isFull || !mayGo(row))
            {
                break;
            }

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

    /// <summary>What retention needs to know of a row.</summary>
    private sealed record RowMark(long FirstSequence, long Count, long StoredAt, long Bytes);
}
