using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Reads rows back into codes, in order.</summary>
internal sealed partial class SqliteChannelLog
{
    public Task<LogPage> ReadAsync(
        ChannelId channel,
        long sequence,
        ReadBounds bounds,
        KeyFilter? filter,
        CancellationToken cancellationToken
    )
    {
        long id = channel.Incarnation;
        if (Tail(id)?.TryRead(sequence, bounds, filter) is { } recent)
            return Task.FromResult(recent);

        using SqliteConnection connection = _database.Open();
        using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true);
        LogHead head = LogHead.Get(connection, id);
        head.ToRecord().RequireReadable(sequence);
        var page = new PageBuilder(bounds, sequence);
        foreach (
            FrameRow row in connection.Query<FrameRow>(
                $"""
                SELECT {FrameRow.Columns} FROM {FrameRow.Join}
                WHERE channel_id = @id AND first_sequence >= COALESCE(
                    (SELECT MAX(first_sequence) FROM frames WHERE channel_id = @id AND first_sequence <= @sequence), 0)
                ORDER BY first_sequence
                """,
                new { id, sequence },
                buffered: false
            )
        )
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (row.End <= sequence)
                continue;

            if (!row.TryRead(out StoredCode[]? codes, out string? damage))
                return Task.FromResult(page.EndAtDamage(row, damage));

            page.Add(row, codes, filter);
            if (page.IsFull)
                return Task.FromResult(page.End(row.End));
        }

        return Task.FromResult(page.End(head.NextSequence));
    }

    public Task<long> FindSequenceAsync(ChannelId channel, DateTimeOffset storedAt, CancellationToken cancellationToken)
    {
        long id = channel.Incarnation;
        using SqliteConnection connection = _database.Open();
        using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true);
        LogHead head = LogHead.Get(connection, id);
        long time = storedAt.ToUnixTimeMilliseconds();

        // Binary search: times never decrease within a log, so it needs no index. Rows before `low` are older than the time; rows from
        // `high` on are not.
        long low = head.FirstSequence,
            high = head.NextSequence,
            found = high;
        while (low < high)
        {
            long middle = low + (high - low) / 2;
            RowMark? row = connection.QueryFirstOrDefault<RowMark>(
                """
                SELECT first_sequence, count, stored_at, bytes FROM frames
                WHERE channel_id = @id AND first_sequence >= @middle AND first_sequence < @high ORDER BY first_sequence LIMIT 1
                """,
                new
                {
                    id,
                    middle,
                    high,
                }
            );
            if (row is not null && row.StoredAt < time)
            {
                low = row.FirstSequence + 1;
            }
            else
            {
                found = row?.FirstSequence ?? found;
                high = middle;
            }
        }

        return Task.FromResult(found);
    }
}
