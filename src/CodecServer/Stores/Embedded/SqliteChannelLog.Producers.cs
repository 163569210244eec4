using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Opens producers under epochs, remembers them for a limited time, and forgets them by age and number.</summary>
internal sealed partial class SqliteChannelLog
{
    /// <summary>Maximum number of producers that one write forgets: each has up to 4,096 remembered positions.</summary>
    private const int ProducersPerStep = 32;

    private readonly OpenProducers _openProducers = new();

    public Task<ProducerState> OpenProducerAsync(
        ChannelId channel,
        string producer,
        long epoch,
        bool transient,
        string? owner,
        CancellationToken cancellationToken
    ) =>
        _writer.RunAsync(
            connection => Open(connection, channel.Incarnation, producer, epoch, transient, owner),
            _ => _openProducers.Enter(channel.Incarnation, producer),
            cancellationToken
        );

    public Task CloseProducerAsync(ChannelId channel, string producer, long epoch, bool answered, CancellationToken cancellationToken)
    {
        _openProducers.Leave(channel.Incarnation, producer);
        return _writer.FreeAsync(
            connection => Close(connection, channel.Incarnation, producer, epoch, answered),
            committed: null,
            cancellationToken
        );
    }

    public Task<ItemOutcome> RefuseAsync(
        ChannelId channel,
        ProducerPosition producer,
        ReadOnlyMemory<byte> refusal,
        CancellationToken cancellationToken
    )
    {
        var refused = new ItemOutcome(0, 0, refusal.ToArray());
        return _writer.RunAsync(
            connection =>
            {
                LogHead.Get(connection, channel.Incarnation);
                Producer sender = Producer.Require(connection, channel.Incarnation, producer.Name, producer.Epoch);
                if (sender.Recognize(connection, producer) is { } before)
                    return before;

                sender.Remember(connection, producer.Sequence, refused, Now());
                return refused;
            },
            committed: null,
            cancellationToken
        );
    }

    private ProducerState Open(SqliteConnection connection, long channel, string name, long epoch, bool transient, string? owner)
    {
        LogHead.Get(connection, channel);
        Producer? existing = Producer.Find(connection, channel, name);
        existing?.RequireOwner(owner);
        if (epoch > 0)
        {
            Producer known = Producer.Require(connection, channel, name, epoch);
            known.Touch(connection, Now());
            return new ProducerState(known.Epoch, known.LastSequence);
        }

        if (existing is null)
            MakeRoomForProducer(connection, channel);

        (epoch, long last) = connection.QuerySingle<(long, long)>(
            """
            INSERT INTO producers (channel_id, name, last_sequence, epoch, transient, used_at, owner)
                VALUES (@channel, @name, 0, (SELECT forgotten_epoch + 1 FROM channels WHERE id = @channel), @transient, @now, @owner)
            ON CONFLICT (channel_id, name) DO UPDATE SET epoch = epoch + 1, transient = @transient, used_at = @now,
                owner = COALESCE(owner, @owner)
            RETURNING epoch, last_sequence
            """,
            new
            {
                channel,
                name,
                transient,
                now = Now(),
                owner,
            }
        );
        return new ProducerState(epoch, last);
    }

    private bool Close(SqliteConnection connection, long channel, string name, long epoch, bool answered)
    {
        Producer? producer = Producer.Find(connection, channel, name);
        if (producer?.Epoch != epoch || _openProducers.Contains(channel, name))
        {
            // The producer was forgotten with its channel, fenced, or restored by another stream.
            return false;
        }

        bool isDone = producer.LastSequence == 0 || (answered && producer.IsTransient);
        if (isDone)
        {
            Producer.Forget(connection, channel, [producer.Id]);
        }
        else
        {
            // The time within which it can be restored begins now.
            producer.Touch(connection, Now());
        }

        return isDone;
    }

    /// <summary>
    /// Counts one more producer. If the bound is exceeded, forgets the least recently used one, transient ones first, and never one with an
    /// open stream.
    /// </summary>
    private void MakeRoomForProducer(SqliteConnection connection, long channel)
    {
        int producers = connection.QuerySingle<int>(
            "UPDATE channels SET producers = producers + 1 WHERE id = @channel RETURNING producers",
            new { channel }
        );
        if (producers <= _options.MaxProducers)
            return;

        // Forget two, not one, if the bound was lowered, so that the number approaches the bound with each new producer.
        int surplus = Math.Min(2, producers - _options.MaxProducers);
        long[] closed =
        [
            .. connection
                .Query<(long Id, string Name)>(
                    "SELECT id, name FROM producers WHERE channel_id = @channel ORDER BY transient DESC, used_at",
                    new { channel },
                    buffered: false
                )
                .Where(producer => !_openProducers.Contains(channel, producer.Name))
                .Select(producer => producer.Id)
                .Take(surplus),
        ];
        if (closed.Length == 0)
        {
            throw new RequestException(
                RequestError.ResourceExhausted,
                "TOO_MANY_PRODUCERS",
                $"{_options.MaxProducers} producers have open streams into this channel; close some, or raise --max-producers."
            );
        }

        Producer.Forget(connection, channel, closed);
    }

    private async Task ForgetProducersAsync(CancellationToken cancellationToken)
    {
        foreach (
            (bool transient, TimeSpan age) in new[]
            {
                (false, TimeSpan.FromHours(_options.ProducerHours)),
                (true, TimeSpan.FromMinutes(_options.TransientProducerMinutes)),
            }
        )
        {
            long before = Now() - (long)age.TotalMilliseconds;
            while (HasDue(transient, before))
                await _writer.FreeStepAsync(connection => ForgetDue(connection, transient, before), committed: null, cancellationToken);
        }
    }

    private bool HasDue(bool transient, long before)
    {
        using SqliteConnection connection = _database.Open();
        return FindDue(connection, transient, before, limit: 1).Any();
    }

    private bool ForgetDue(SqliteConnection connection, bool transient, long before)
    {
        IEnumerable<(long Channel, long Id)> found = FindDue(connection, transient, before, ProducersPerStep);
        foreach (IGrouping<long, long> channel in found.ToLookup(due => due.Channel, due => due.Id))
            Producer.Forget(connection, channel.Key, [.. channel]);

        return true;
    }

    /// <summary>
    /// Finds producers without an open stream that were last used at a time or before it. CROSS JOIN fixes the join's order, so that
    /// producers_by_use serves each channel.
    /// </summary>
    private IEnumerable<(long Channel, long Id)> FindDue(SqliteConnection connection, bool transient, long before, int limit) =>
        connection
            .Query<(long Channel, long Id, string Name)>(
                """
                SELECT c.id, p.id, p.name FROM channels c
                CROSS JOIN producers p ON p.channel_id = c.id AND p.transient = @transient AND p.used_at <= @before
                WHERE c.deleted = 0
                """,
                new { transient, before },
                buffered: false
            )
            .Where(due => !_openProducers.Contains(due.Channel, due.Name))
            .Select(due => (due.Channel, due.Id))
            .Take(limit);
}
