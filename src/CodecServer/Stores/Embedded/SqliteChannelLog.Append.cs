using System.Collections.Concurrent;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Appends items: recognizes an item that was sent before, applies retention, and stores the codes.</summary>
internal sealed partial class SqliteChannelLog
{
    /// <summary>Row id → whether the channel keeps only the newest code of each key. Never changes after the channel was created.</summary>
    private readonly ConcurrentDictionary<long, bool> _keepsLatest = new();

    public async Task<ItemOutcome> AppendAsync(
        ChannelId channel,
        CodeRun run,
        ProducerPosition? producer,
        CancellationToken cancellationToken
    )
    {
        // The frames are built here, not on the one writer that all producers share.
        long id = channel.Incarnation;
        var rows = RunRows.Of(run, KeepsLatest(id));
        Appended appended = await _writer.RunAsync(
            connection => Append(connection, id, rows, producer),
            stored =>
            {
                if (stored.Head is { } head)
                    Follow(Tail(id), rows, stored.Outcome, head);
            },
            rows.DiskBytes,
            cancellationToken
        );
        return appended.Outcome;
    }

    /// <summary>Passes what was stored to the channel's tail.</summary>
    private static void Follow(ChannelTail? tail, RunRows rows, ItemOutcome outcome, LogHead head)
    {
        if (head.LatestOfEachKey)
        {
            // A later code may supersede one of these: they are read from the database.
            tail?.Advance(head.NextSequence);
        }
        else
        {
            tail?.Append(
                [
                    .. rows.Rows.Select(row => new FrameRow(
                        outcome.FirstSequence + row.Offset,
                        row.Count,
                        rows.Version,
                        head.StoredAt,
                        row.Lengths,
                        row.Frame
                    )),
                ],
                head.FirstSequence
            );
        }
    }

    private bool KeepsLatest(long channel) =>
        _keepsLatest.GetOrAdd(
            channel,
            id =>
            {
                using SqliteConnection connection = _database.Open();
                return LogHead.Find(connection, id)?.LatestOfEachKey ?? false;
            }
        );

    private Appended Append(SqliteConnection connection, long channel, RunRows rows, ProducerPosition? producer)
    {
        LogHead head = LogHead.Get(connection, channel);
        Producer? sender = null;
        if (producer is { } position)
        {
            sender = Producer.Require(connection, channel, position.Name, position.Epoch);
            if (sender.Recognize(connection, position) is { } before)
                return new Appended(before, null);
        }

        head.StoredAt = Math.Max(Now(), head.StoredAt);
        if (head.LatestOfEachKey)
            DropSuperseded(connection, head, rows.Newest.Keys);

        head.Codes += rows.StoredCodes;
        head.Bytes += rows.StoredBytes;

        // Before the insertion, which reuses the freed pages: a database that is full can still append to a log of fixed retention.
        DropExpired(connection, head, head.StoredAt);
        var stored = new ItemOutcome(head.NextSequence, rows.Count);
        Insert(connection, head, rows);
        head.NextSequence += rows.Count;
        head.Save(connection);
        sender?.Remember(connection, producer!.Value.Sequence, stored, Now());
        return new Appended(stored, head);
    }

    private static void Insert(SqliteConnection connection, LogHead head, RunRows rows)
    {
        connection.Execute("INSERT OR IGNORE INTO code_versions (digest) VALUES (@Version)", new { rows.Version });
        connection.Execute(
            """
            INSERT INTO frames (channel_id, first_sequence, count, version_id, stored_at, bytes, lengths, frame)
            VALUES (@Id, @first, @Count, (SELECT id FROM code_versions WHERE digest = @Version), @StoredAt, @Bytes, @Lengths, @Frame)
            """,
            rows.Rows.Select(row => new
            {
                head.Id,
                first = head.NextSequence + row.Offset,
                row.Count,
                rows.Version,
                head.StoredAt,
                row.Bytes,
                row.Lengths,
                row.Frame,
            })
        );
        if (rows.Newest.Count == 0)
            return;

        connection.Execute(
            """
            INSERT INTO keys (channel_id, key, sequence) VALUES (@Id, @Key, @sequence)
            ON CONFLICT (channel_id, key) DO UPDATE SET sequence = @sequence
            """,
            rows.Newest.Select(newest => new
            {
                head.Id,
                newest.Key,
                sequence = head.NextSequence + newest.Value,
            })
        );
    }

    /// <summary>Drops the codes that new ones with these keys supersede; in such a channel each code has a row of its own.</summary>
    private static void DropSuperseded(SqliteConnection connection, LogHead head, IEnumerable<string> keys)
    {
        foreach (string key in keys)
        {
            long? bytes = connection.QuerySingleOrDefault<long?>(
                """
                DELETE FROM frames
                WHERE channel_id = @Id AND first_sequence = (SELECT sequence FROM keys WHERE channel_id = @Id AND key = @key)
                RETURNING bytes
                """,
                new { head.Id, key }
            );
            if (bytes is not null)
            {
                head.Codes--;
                head.Bytes -= bytes.Value;
            }
        }
    }

    /// <summary>An item's outcome, and the log after it; null if it was recognized and nothing was stored.</summary>
    private sealed record Appended(ItemOutcome Outcome, LogHead? Head);
}
