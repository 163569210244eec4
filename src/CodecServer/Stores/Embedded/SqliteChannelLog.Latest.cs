using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Reads the newest code of each key.</summary>
internal sealed partial class SqliteChannelLog
{
    /// <summary>Maximum number of keys that one call examines; bounds its work when few of them match the filter.</summary>
    private const int KeysPerPage = 4096;

    public Task<LogPage> ReadLatestAsync(
        ChannelId channel,
        long after,
        long end,
        ReadBounds bounds,
        KeyFilter? filter,
        CancellationToken cancellationToken
    )
    {
        long id = channel.Incarnation;
        using SqliteConnection connection = _database.Open();
        using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true);
        LogHead.Get(connection, id);
        var page = new PageBuilder(bounds, after + 1);
        FrameRow? row = null;
        StoredCode[] codes = [];
        int keys = 0;
        foreach (
            (long sequence, string key) in connection.Query<(long, string)>(
                "SELECT sequence, key FROM keys WHERE channel_id = @id AND sequence > @after AND sequence < @end ORDER BY sequence",
                new
                {
                    id,
                    after,
                    end,
                },
                buffered: false
            )
        )
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (filter is null || filter.Matches(key))
            {
                if (row is null || sequence >= row.End)
                {
                    row = ReadRow(connection, id, sequence);
                    if (!row.TryRead(out StoredCode[]? read, out string? damage))
                        return Task.FromResult(page.EndAtDamage(row, damage));

                    codes = read;
                    page.Examine(row);
                }

                StoredCode code = codes[sequence - row.FirstSequence];
                page.Add(code with { Code = code.Code.ToArray() });
            }

            if (page.IsFull || ++keys == KeysPerPage)
                return Task.FromResult(page.End(sequence + 1));
        }

        return Task.FromResult(page.End(end));
    }

    /// <summary>Returns the row that holds a code.</summary>
    private static FrameRow ReadRow(SqliteConnection connection, long channel, long sequence) =>
        connection.QueryFirst<FrameRow>(
            $"""
            SELECT {FrameRow.Columns} FROM {FrameRow.Join}
            WHERE channel_id = @channel AND first_sequence <= @sequence ORDER BY first_sequence DESC LIMIT 1
            """,
            new { channel, sequence }
        );
}
