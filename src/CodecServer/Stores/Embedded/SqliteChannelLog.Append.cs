using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Appending: recognise what was sent before, make room, store.</summary>
internal sealed partial class SqliteChannelLog
{
    /// <summary>Positions that are remembered of each producer: several times what a stream may leave unacknowledged (at most 1,024).</summary>
    private const int RememberedPublications = 4096;

    private LogPosition Append(
        SqliteConnection connection, long channel, CodeRun run, byte[] frame, byte[] lengths, ProducerPosition? producer)
    {
        (long Next, long Retain)? head = connection.QuerySingleOrDefault<(long, long)?>(
            "SELECT next_sequence, retain_codes FROM channels WHERE id = @channel", new { channel });
        if (head is not var (next, retain))
        {
            throw ChannelGone(channel);
        }

        if (producer is { } known && Recognise(connection, channel, known) is { } before)
        {
            return before;
        }

        int count = run.Codes.Count;
        if (retain > 0)
        {
            // First, so that the pages that this frees serve the insertion: a full log of fixed retention goes on.
            connection.Execute(
                """
                DELETE FROM frames WHERE channel_id = @channel AND first_sequence <= @end AND first_sequence + count <= @end;
                UPDATE channels SET first_sequence = COALESCE((SELECT MIN(first_sequence) FROM frames WHERE channel_id = @channel), next_sequence)
                WHERE id = @channel;
                """,
                new { channel, end = next + count - retain });
        }

        connection.Execute("INSERT OR IGNORE INTO code_versions (digest) VALUES (@Hex)", new { run.Version.Hex });
        connection.Execute(
            """
            INSERT INTO frames (channel_id, first_sequence, count, version_id, lengths, frame)
            VALUES (@channel, @next, @count, (SELECT id FROM code_versions WHERE digest = @Hex), @lengths, @frame);
            UPDATE channels SET next_sequence = @next + @count WHERE id = @channel;
            """,
            new { channel, next, count, run.Version.Hex, lengths, frame });
        var position = new LogPosition(next, count);
        if (producer is { } sender)
        {
            Remember(connection, channel, sender, position);
        }

        return position;
    }

    /// <summary>Where a producer's position was stored when it came first; null where it is the next new one.</summary>
    private LogPosition? Recognise(SqliteConnection connection, long channel, ProducerPosition producer)
    {
        (long Id, long Last)? known = connection.QuerySingleOrDefault<(long, long)?>(
            "SELECT id, last_sequence FROM producers WHERE channel_id = @channel AND name = @Name", new { channel, producer.Name });
        long last = known?.Last ?? 0;
        if (producer.Sequence > last + 1)
        {
            throw new RequestException(
                RequestError.OutOfRange,
                "PRODUCER_GAP",
                $"producer_sequence: {producer.Sequence}; '{producer.Name}' published up to {last} here, so {last + 1} is next.")
            {
                Metadata = new Dictionary<string, string> { ["last_producer_sequence"] = $"{last}" },
            };
        }

        if (producer.Sequence == last + 1)
        {
            return known is null ? RequireRoomForProducer(connection, channel) : null;
        }

        (long First, int Count)? stored = connection.QuerySingleOrDefault<(long, int)?>(
            "SELECT first_sequence, count FROM publications WHERE producer_id = @Id AND producer_sequence = @Sequence",
            new { known!.Value.Id, producer.Sequence });
        return stored is var (first, count) ? new LogPosition(first, count) : throw new RequestException(
            RequestError.OutOfRange,
            "PRODUCER_FORGOTTEN",
            $"producer_sequence: {producer.Sequence} was published, but only the last {RememberedPublications} positions are remembered; "
            + $"go on with {last + 1}.");
    }

    private LogPosition? RequireRoomForProducer(SqliteConnection connection, long channel) =>
        connection.ExecuteScalar<int>("SELECT COUNT(*) FROM producers WHERE channel_id = @channel", new { channel }) < _options.MaxProducers
            ? null
            : throw new RequestException(
                RequestError.ResourceExhausted,
                "TOO_MANY_PRODUCERS",
                $"The channel remembers {_options.MaxProducers} producers already; use one of their names, or raise --max-producers.");

    private static void Remember(SqliteConnection connection, long channel, ProducerPosition producer, LogPosition position)
    {
        long id = connection.ExecuteScalar<long>(
            """
            INSERT INTO producers (channel_id, name, last_sequence) VALUES (@channel, @Name, @Sequence)
            ON CONFLICT (channel_id, name) DO UPDATE SET last_sequence = @Sequence RETURNING id
            """,
            new { channel, producer.Name, producer.Sequence });
        connection.Execute(
            """
            INSERT INTO publications (producer_id, producer_sequence, first_sequence, count) VALUES (@id, @Sequence, @FirstSequence, @Count);
            DELETE FROM publications WHERE producer_id = @id AND producer_sequence <= @Sequence - @RememberedPublications;
            """,
            new { id, producer.Sequence, position.FirstSequence, position.Count, RememberedPublications });
    }
}
