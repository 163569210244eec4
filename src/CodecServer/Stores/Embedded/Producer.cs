using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>A producer's row, and what its last positions became.</summary>
internal sealed record Producer(long Id, string Name, long LastSequence, long Epoch, long Transient, long UsedAt)
{
    /// <summary>Positions remembered of each producer: several times what a stream may leave unacknowledged (at most 1,024).</summary>
    private const int RememberedPublications = 4096;

    /// <summary>Precision of the time of use, in milliseconds: writing it with each item would move an index entry each time.</summary>
    private const int UsePrecision = 10_000;

    /// <summary>Whether it is forgotten soon after its stream is closed. (SQLite has no type for truth: the column is 0 or 1.)</summary>
    public bool IsTransient => Transient != 0;

    /// <summary>A producer by its name; null where it is not remembered.</summary>
    public static Producer? Find(SqliteConnection connection, long channel, string name) =>
        connection.QuerySingleOrDefault<Producer>(
            "SELECT id, name, last_sequence, epoch, transient, used_at FROM producers WHERE channel_id = @channel AND name = @name",
            new { channel, name }
        );

    /// <summary>The producer, as long as this epoch is its newest.</summary>
    /// <exception cref="RequestException">Aborted: a newer epoch was opened. FailedPrecondition: it is not remembered.</exception>
    public static Producer Require(SqliteConnection connection, long channel, string name, long epoch)
    {
        Producer? producer = Find(connection, channel, name);
        if (producer is null || producer.Epoch < epoch)
        {
            throw new RequestException(
                RequestError.FailedPrecondition,
                "PRODUCER_FORGOTTEN",
                $"The producer '{name}' (epoch {epoch}) is not remembered here: it ended, was unused for long, or made room for others; "
                    + "open it anew, with epoch 0."
            );
        }

        return producer.Epoch == epoch
            ? producer
            : throw new RequestException(
                RequestError.Aborted,
                "PRODUCER_FENCED",
                $"A newer publisher named '{name}' opened this channel (epoch {producer.Epoch}; this one has {epoch}); "
                    + "give each publisher a name of its own."
            )
            {
                Metadata = new Dictionary<string, string> { ["producer_epoch"] = $"{producer.Epoch}" },
            };
    }

    /// <summary>What became of a position when it came first; null where it is the next new one.</summary>
    /// <exception cref="RequestException">OutOfRange: it leaves a gap, or is older than what is remembered.</exception>
    public PublicationRecord? Recognize(SqliteConnection connection, ProducerPosition position)
    {
        if (position.Sequence == LastSequence + 1)
        {
            return null;
        }

        if (position.Sequence > LastSequence)
        {
            throw OutOfRange(
                "PRODUCER_GAP",
                $"producer_sequence: {position.Sequence}; '{Name}' published up to {LastSequence} here, so {LastSequence + 1} is next."
            );
        }

        (long First, int Count, byte[]? Refusal)? known = connection.QuerySingleOrDefault<(long, int, byte[]?)?>(
            "SELECT first_sequence, count, refusal FROM publications WHERE producer_id = @Id AND producer_sequence = @Sequence",
            new { Id, position.Sequence }
        );
        return known is var (first, count, refusal)
            ? new PublicationRecord(first, count, refusal)
            : throw OutOfRange(
                "PUBLICATION_FORGOTTEN",
                $"producer_sequence: {position.Sequence} was published, but only the last {RememberedPublications} positions are remembered; "
                    + $"go on with {LastSequence + 1}."
            );
    }

    /// <summary>Records what became of the next position.</summary>
    /// <param name="connection">The writer's.</param>
    /// <param name="sequence">The position.</param>
    /// <param name="publication">What became of it.</param>
    /// <param name="now">Milliseconds.</param>
    public void Remember(SqliteConnection connection, long sequence, PublicationRecord publication, long now)
    {
        connection.Execute(
            """
            UPDATE producers SET last_sequence = @sequence WHERE id = @Id;
            INSERT INTO publications (producer_id, producer_sequence, first_sequence, count, refusal)
                VALUES (@Id, @sequence, @FirstSequence, @Count, @Refusal);
            DELETE FROM publications WHERE producer_id = @Id AND producer_sequence <= @sequence - @RememberedPublications;
            """,
            new
            {
                Id,
                sequence,
                publication.FirstSequence,
                publication.Count,
                publication.Refusal,
                RememberedPublications,
            }
        );
        if (now >= UsedAt + UsePrecision)
        {
            Touch(connection, now);
        }
    }

    /// <summary>Records that the producer is in use.</summary>
    public void Touch(SqliteConnection connection, long now) =>
        connection.Execute("UPDATE producers SET used_at = @now WHERE id = @Id", new { now, Id });

    /// <summary>
    /// Forgets producers of a channel. Their epochs do not return: a later producer of the same name fences their streams.
    /// </summary>
    public static void Forget(SqliteConnection connection, long channel, IReadOnlyCollection<long> ids) =>
        connection.Execute(
            """
            UPDATE channels SET producers = producers - @Count,
                forgotten_epoch = MAX(forgotten_epoch, (SELECT MAX(epoch) FROM producers WHERE id IN @ids))
            WHERE id = @channel;
            DELETE FROM producers WHERE id IN @ids;
            """,
            new
            {
                channel,
                ids,
                ids.Count,
            }
        );

    private RequestException OutOfRange(string reason, string message) =>
        new(RequestError.OutOfRange, reason, message)
        {
            Metadata = new Dictionary<string, string> { ["last_producer_sequence"] = $"{LastSequence}" },
        };
}
