using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Producers: opened with an epoch, remembered for a while, forgotten by age and number.</summary>
internal sealed partial class SqliteChannelLog
{
    /// <summary>Producers that one write forgets: up to 4,096 positions go with each.</summary>
    private const int ProducersPerStep = 32;

    public Task<ProducerState> OpenProducerAsync(
        long channel, string producer, long epoch, bool transient, CancellationToken cancellationToken) =>
        _writer.RunAsync(connection => Open(connection, channel, producer, epoch, transient), committed: null, cancellationToken);

    public async Task CloseProducerAsync(long channel, string producer, long epoch, CancellationToken cancellationToken) =>
        await _writer.RunAsync(
            connection =>
            {
                long[] ids = [.. connection.Query<long>(
                    "SELECT id FROM producers WHERE channel_id = @channel AND name = @producer AND epoch = @epoch AND transient = 1",
                    new { channel, producer, epoch })];
                if (ids.Length > 0)
                {
                    Producer.Forget(connection, channel, ids);
                }

                return ids.Length;
            },
            committed: null,
            cancellationToken);

    public Task<PublicationRecord> RefuseAsync(
        long channel, ProducerPosition producer, ReadOnlyMemory<byte> refusal, CancellationToken cancellationToken)
    {
        var refused = new PublicationRecord(0, 0, refusal.ToArray());
        return _writer.RunAsync(
            connection =>
            {
                LogHead.Get(connection, channel);
                Producer sender = Producer.Require(connection, channel, producer.Name, producer.Epoch);
                if (sender.Recognize(connection, producer) is { } before)
                {
                    return before;
                }

                sender.Remember(connection, producer.Sequence, refused, Now());
                return refused;
            },
            committed: null,
            cancellationToken);
    }

    private ProducerState Open(SqliteConnection connection, long channel, string name, long epoch, bool transient)
    {
        LogHead.Get(connection, channel);
        if (epoch > 0)
        {
            Producer known = Producer.Require(connection, channel, name, epoch);
            known.Touch(connection, Now());
            return new ProducerState(known.Epoch, known.LastSequence);
        }

        bool isNew = Producer.Find(connection, channel, name) is null;
        if (isNew)
        {
            MakeRoomForProducer(connection, channel);
        }

        (epoch, long last) = connection.QuerySingle<(long, long)>(
            """
            INSERT INTO producers (channel_id, name, last_sequence, epoch, transient, used_at)
                VALUES (@channel, @name, 0, (SELECT forgotten_epoch + 1 FROM channels WHERE id = @channel), @transient, @now)
            ON CONFLICT (channel_id, name) DO UPDATE SET epoch = epoch + 1, transient = @transient, used_at = @now
            RETURNING epoch, last_sequence
            """,
            new { channel, name, transient, now = Now() });
        return new ProducerState(epoch, last);
    }

    /// <summary>Counts one more producer, and forgets the one that was unused for the longest time where there are too many.</summary>
    private void MakeRoomForProducer(SqliteConnection connection, long channel)
    {
        int producers = connection.QuerySingle<int>(
            "UPDATE channels SET producers = producers + 1 WHERE id = @channel RETURNING producers", new { channel });
        if (producers <= _options.MaxProducers)
        {
            return;
        }

        // Two where the bound was lowered since: each new producer then brings the number nearer to it.
        int surplus = Math.Min(2, producers - _options.MaxProducers);
        Producer.Forget(connection, channel, [.. connection.Query<long>(
            "SELECT id FROM producers WHERE channel_id = @channel ORDER BY transient DESC, used_at LIMIT @surplus",
            new { channel, surplus })]);
    }

    private async Task ForgetProducersAsync(CancellationToken cancellationToken)
    {
        foreach ((bool transient, TimeSpan age) in new[]
        {
            (false, TimeSpan.FromHours(_options.ProducerHours)), (true, TimeSpan.FromMinutes(_options.TransientProducerMinutes)),
        })
        {
            long before = Now() - (long)age.TotalMilliseconds;
            while (HasDue(transient, before))
            {
                await _writer.RunAsync(connection => ForgetDue(connection, transient, before), committed: null, cancellationToken);
            }
        }
    }

    private bool HasDue(bool transient, long before)
    {
        using SqliteConnection connection = _database.Open();
        return FindDue(connection, transient, before, limit: 1).Any();
    }

    private static bool ForgetDue(SqliteConnection connection, bool transient, long before)
    {
        IEnumerable<(long Channel, long Id)> found = FindDue(connection, transient, before, ProducersPerStep);
        foreach (IGrouping<long, long> channel in found.ToLookup(due => due.Channel, due => due.Id))
        {
            Producer.Forget(connection, channel.Key, [.. channel]);
        }

        return true;
    }

    /// <summary>Producers last used at a time or before; the order of the join lets the index find them channel by channel.</summary>
    private static IEnumerable<(long Channel, long Id)> FindDue(SqliteConnection connection, bool transient, long before, int limit) =>
        connection.Query<(long, long)>(
            """
            SELECT c.id, p.id FROM channels c
            CROSS JOIN producers p ON p.channel_id = c.id AND p.transient = @transient AND p.used_at <= @before
            WHERE c.deleted = 0 LIMIT @limit
            """,
            new { transient, before, limit });
}
