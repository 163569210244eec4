using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Stores the committed positions of consumers, and computes their distance from the log's end.</summary>
internal sealed partial class SqliteChannelLog
{
    private const string SelectConsumers = "SELECT name, next_sequence, committed_at FROM consumers WHERE channel_id = @channel";

    public Task<ConsumerRecord> CommitAsync(
        ChannelId channel,
        string consumer,
        long nextSequence,
        bool allowRewind,
        CancellationToken cancellationToken
    ) =>
        _writer.RunAsync(
            connection =>
            {
                LogHead head = LogHead.Get(connection, channel.Incarnation);
                if (nextSequence < 1 || nextSequence > head.NextSequence)
                {
                    throw new RequestException(
                        RequestError.OutOfRange,
                        "SEQUENCE_OUT_OF_RANGE",
                        $"sequence {nextSequence} is out of range; a consumer of '{head.Name}' may commit 1 to {head.NextSequence}, the log's next."
                    )
                    {
                        Metadata = new Dictionary<string, string>
                        {
                            ["first_sequence"] = $"{head.FirstSequence}",
                            ["next_sequence"] = $"{head.NextSequence}",
                        },
                    };
                }

                ConsumerRow? known = FindConsumer(connection, head.Id, consumer);
                if (known is null)
                    RequireRoomForConsumer(connection, head);

                if (known is not null && nextSequence < known.NextSequence && !allowRewind)
                    return known.ToRecord(connection, head);

                var committed = new ConsumerRow(consumer, nextSequence, Now());
                connection.Execute(
                    """
                    INSERT INTO consumers (channel_id, name, next_sequence, committed_at)
                        VALUES (@Id, @Name, @NextSequence, @CommittedAt)
                    ON CONFLICT (channel_id, name) DO UPDATE SET next_sequence = @NextSequence, committed_at = @CommittedAt
                    """,
                    new
                    {
                        head.Id,
                        committed.Name,
                        committed.NextSequence,
                        committed.CommittedAt,
                    }
                );
                return committed.ToRecord(connection, head);
            },
            committed: null,
            cancellationToken
        );

    public Task<ConsumerRecord?> FindConsumerAsync(ChannelId channel, string consumer, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true);
        LogHead? head = LogHead.Find(connection, channel.Incarnation);
        return Task.FromResult(head is null ? null : FindConsumer(connection, head.Id, consumer)?.ToRecord(connection, head));
    }

    public Task<IReadOnlyList<ConsumerRecord>> ListConsumersAsync(ChannelId channel, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true);
        LogHead head = LogHead.Get(connection, channel.Incarnation);
        IEnumerable<ConsumerRow> rows = connection.Query<ConsumerRow>($"{SelectConsumers} ORDER BY name", new { channel = head.Id });
        return Task.FromResult<IReadOnlyList<ConsumerRecord>>([.. rows.Select(row => row.ToRecord(connection, head))]);
    }

    public Task<IReadOnlyList<ConsumerLag>> ListLagsAsync(int most, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult<IReadOnlyList<ConsumerLag>>([
            .. connection
                .Query<LagRow>(
                    """
                    WITH lags AS (
                        SELECT c.id, c.name AS channel, n.name AS consumer, MAX(n.next_sequence, c.first_sequence) AS position,
                            c.next_sequence - MAX(n.next_sequence, c.first_sequence) AS codes
                        FROM consumers n JOIN channels c ON c.id = n.channel_id WHERE c.deleted = 0
                        ORDER BY codes DESC, c.name, n.name LIMIT @most)
                    SELECT channel, consumer, codes, (
                        SELECT stored_at FROM frames
                        WHERE codes > 0 AND channel_id = lags.id AND first_sequence >= COALESCE(
                            (SELECT MAX(first_sequence) FROM frames WHERE channel_id = lags.id AND first_sequence <= position), 0)
                        ORDER BY first_sequence LIMIT 1) AS stored_at
                    FROM lags
                    """,
                    new { most }
                )
                .Select(row => row.ToRecord()),
        ]);
    }

    public async Task DeleteConsumerAsync(ChannelId channel, string consumer, CancellationToken cancellationToken) =>
        await _writer.FreeAsync(
            connection =>
                LogHead.Find(connection, channel.Incarnation) is { } head
                && connection.Execute("DELETE FROM consumers WHERE channel_id = @Id AND name = @consumer", new { head.Id, consumer }) == 1
                    ? true
                    : throw RequestException.NotFound("consumer", consumer),
            committed: null,
            cancellationToken
        );

    private static ConsumerRow? FindConsumer(SqliteConnection connection, long channel, string name) =>
        connection.QuerySingleOrDefault<ConsumerRow>($"{SelectConsumers} AND name = @name", new { channel, name });

    private void RequireRoomForConsumer(SqliteConnection connection, LogHead head)
    {
        int consumers = connection.ExecuteScalar<int>("SELECT COUNT(*) FROM consumers WHERE channel_id = @Id", new { head.Id });
        if (consumers >= _options.MaxConsumers)
        {
            throw new RequestException(
                RequestError.ResourceExhausted,
                "TOO_MANY_CONSUMERS",
                $"'{head.Name}' has {_options.MaxConsumers} consumers already; delete some, or raise --max-consumers."
            );
        }
    }

    private sealed record LagRow(string Channel, string Consumer, long Codes, long? StoredAt)
    {
        public ConsumerLag ToRecord() =>
            new(Channel, Consumer, Codes, StoredAt is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null);
    }

    private sealed record ConsumerRow(string Name, long NextSequence, long CommittedAt)
    {
        public ConsumerRecord ToRecord(SqliteConnection connection, LogHead head) =>
            new(Name, NextSequence, Lag(connection, head), DateTimeOffset.FromUnixTimeMilliseconds(CommittedAt));

        private long Lag(SqliteConnection connection, LogHead head) =>
            head.LatestOfEachKey
                ? connection.ExecuteScalar<long>(
                    "SELECT COUNT(*) FROM frames WHERE channel_id = @Id AND first_sequence >= @NextSequence",
                    new { head.Id, NextSequence }
                )
                : head.NextSequence - Math.Max(NextSequence, head.FirstSequence);
    }
}
