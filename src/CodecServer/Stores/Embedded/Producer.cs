using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>A producer's row, and the recorded outcomes of its last items.</summary>
internal sealed record Producer(long Id, string Name, long LastSequence, long Epoch, long Transient, long UsedAt, string? Owner)
{
    /// <summary>
    /// Number of outcomes remembered for each producer: several times the items that a stream may have unacknowledged (at most 1,024).
    /// </summary>
    private const int RememberedOutcomes = 4096;

    /// <summary>Precision of <c>used_at</c>, in milliseconds: writing it with each item would move an index entry each time.</summary>
    private const int UsePrecision = 10_000;

    /// <summary>Whether it is forgotten soon after its stream is closed. (SQLite has no Boolean type: the column is 0 or 1.)</summary>
    public bool IsTransient => Transient != 0;

    /// <summary>Returns a producer by its name; null if it is not remembered.</summary>
    public static Producer? Find(SqliteConnection connection, long channel, string name) =>
        connection.QuerySingleOrDefault<Producer>(
            "SELECT id, name, last_sequence, epoch, transient, used_at, owner FROM producers WHERE channel_id = @channel AND name = @name",
            new { channel, name }
        );

    /// <summary>Returns the producer if this is its newest epoch.</summary>
    /// <exception cref="RequestException">Aborted: a newer epoch was opened. FailedPrecondition: it is not remembered.</exception>
    public static Producer Require(SqliteConnection connection, long channel, string name, long epoch)
    {
        Producer? producer = Find(connection, channel, name);
        if (producer is null || producer.Epoch < epoch)
        {
            throw new RequestException(
                RequestError.FailedPrecondition,
                "PRODUCER_FORGOTTEN",
                $"The producer '{name}' (epoch {epoch}) is not remembered here: it ended, was unused for too long, or made room for others; "
                    + "open it again with epoch 0."
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

    /// <summary>Refuses an identity that does not own the producer; one that nobody owns is everybody's.</summary>
    /// <exception cref="RequestException">PermissionDenied.</exception>
    public void RequireOwner(string? identity)
    {
        if (Owner is not null && Owner != identity)
        {
            throw new RequestException(
                RequestError.PermissionDenied,
                "PRODUCER_OF_ANOTHER",
                $"The producer '{Name}' belongs to another identity, which opened it first; choose another name."
            );
        }
    }

    /// <summary>Returns the recorded outcome of an item; null if the item is new and the next in order.</summary>
    /// <exception cref="RequestException">OutOfRange: its position leaves a gap, or is older than those that are remembered.</exception>
    public ItemOutcome? Recognize(SqliteConnection connection, ProducerPosition position)
    {
        if (position.Sequence == LastSequence + 1)
            return null;

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
            ? new ItemOutcome(first, count, refusal)
            : throw OutOfRange(
                "PUBLICATION_FORGOTTEN",
                $"producer_sequence: {position.Sequence} was published, but only the last {RememberedOutcomes} positions are remembered; "
                    + $"continue with {LastSequence + 1}."
            );
    }

    /// <summary>Records the outcome of the next item.</summary>
    /// <param name="connection">The writer's connection.</param>
    /// <param name="sequence">The item's producer sequence.</param>
    /// <param name="outcome">Its outcome.</param>
    /// <param name="now">The time, in Unix milliseconds.</param>
    public void Remember(SqliteConnection connection, long sequence, ItemOutcome outcome, long now)
    {
        connection.Execute(
            """
            UPDATE producers SET last_sequence = @sequence WHERE id = @Id;
            INSERT INTO publications (producer_id, producer_sequence, first_sequence, count, refusal)
                VALUES (@Id, @sequence, @FirstSequence, @Count, @Refusal);
            DELETE FROM publications WHERE producer_id = @Id AND producer_sequence <= @sequence - @RememberedOutcomes;
            """,
            new
            {
                Id,
                sequence,
                outcome.FirstSequence,
                outcome.Count,
                outcome.Refusal,
                RememberedOutcomes,
            }
        );
        if (now >= UsedAt + UsePrecision)
            Touch(connection, now);
    }

    /// <summary>Records that the producer is in use.</summary>
    public void Touch(SqliteConnection connection, long now) =>
        connection.Execute("UPDATE producers SET used_at = @now WHERE id = @Id", new { now, Id });

    /// <summary>
    /// Forgets producers of a channel. Their epochs are never reused: a later producer of the same name fences their streams.
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
