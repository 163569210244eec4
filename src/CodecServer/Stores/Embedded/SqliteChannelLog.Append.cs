using System.Collections.Concurrent;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Appending: recognize what was sent before, make room, store.</summary>
internal sealed partial class SqliteChannelLog
{
    /// <summary>Whether a channel keeps the newest code of each key, by its id: fixed when the channel is created.</summary>
    private readonly ConcurrentDictionary<long, bool> _keepsLatest = new();

    public Task<PublicationRecord> AppendAsync(long channel, CodeRun run, ProducerPosition? producer, CancellationToken cancellationToken)
    {
        // The frames are written here, not by the one writer that all producers share.
        var rows = RunRows.Of(run, KeepsLatest(channel));
        return _writer.RunAsync(
            connection => Append(connection, channel, rows, producer),
            stored => Tail(channel)?.Advance(stored.FirstSequence + stored.Count),
            cancellationToken
        );
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

    private PublicationRecord Append(SqliteConnection connection, long channel, RunRows rows, ProducerPosition? producer)
    {
        LogHead head = LogHead.Get(connection, channel);
        Producer? sender = null;
        if (producer is { } position)
        {
            sender = Producer.Require(connection, channel, position.Name, position.Epoch);
            if (sender.Recognize(connection, position) is { } before)
            {
                return before;
            }
        }

        head.StoredAt = Math.Max(Now(), head.StoredAt);
        if (head.LatestOfEachKey)
        {
            DropSuperseded(connection, head, rows.Newest.Keys);
        }

        head.Codes += rows.StoredCodes;
        head.Bytes += rows.StoredBytes;

        // Before the insertion, so that the pages that this frees serve it: a full log of fixed retention goes on.
        DropOutlived(connection, head, head.StoredAt);
        var stored = new PublicationRecord(head.NextSequence, rows.Count);
        Insert(connection, head, rows);
        head.NextSequence += rows.Count;
        head.Save(connection);
        sender?.Remember(connection, producer!.Value.Sequence, stored, Now());
        return stored;
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
        {
            return;
        }

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

    /// <summary>Drops the codes that newer ones with these keys supersede; each is a row of its own.</summary>
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
}
