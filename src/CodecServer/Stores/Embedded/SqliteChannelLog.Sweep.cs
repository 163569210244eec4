using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Sweeps the log in steps between which other writes run: deleted channels, expired codes, forgotten producers, free pages.
/// </summary>
internal sealed partial class SqliteChannelLog
{
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        await DropDeletedAsync(cancellationToken);
        await DropExpiredAsync(cancellationToken);
        await ForgetProducersAsync(cancellationToken);
        await _freePages.ReturnAsync(cancellationToken);
    }

    private async Task DropDeletedAsync(CancellationToken cancellationToken)
    {
        foreach (long channel in Query(connection => connection.Query<long>("SELECT id FROM channels WHERE deleted = 1")))
        {
            while (await _writer.FreeStepAsync(connection => DropDeleted(connection, channel), committed: null, cancellationToken)) { }
        }
    }

    /// <summary>Drops a part of a deleted channel's content, and finally its row; returns whether there is more.</summary>
    private bool DropDeleted(SqliteConnection connection, long channel)
    {
        int dropped = connection.Execute(
            """
            DELETE FROM keys WHERE channel_id = @channel AND key IN (SELECT key FROM keys WHERE channel_id = @channel LIMIT @RowsPerStep);
            DELETE FROM producers WHERE id IN (SELECT id FROM producers WHERE channel_id = @channel LIMIT @ProducersPerStep);
            """,
            new
            {
                channel,
                RowsPerStep,
                ProducersPerStep = Math.Min(ProducersPerStep, RowsPerStep),
            }
        );
        var head = new LogHead { Id = channel };
        if (Drop(connection, head, static _ => true) || dropped > 0)
            return true;

        connection.Execute("DELETE FROM channels WHERE id = @channel", new { channel });
        return false;
    }

    /// <summary>Drops the expired codes of all channels. A channel whose first row is protected costs a read, but no write.</summary>
    private async Task DropExpiredAsync(CancellationToken cancellationToken)
    {
        long now = Now();
        IEnumerable<LogHead> due = Query(connection =>
            LogHead.List(connection).Where(head => head.IsBounded && HasExpired(connection, head, now))
        );
        foreach (long channel in due.Select(head => head.Id))
        {
            while (
                (
                    await _writer.FreeStepAsync(
                        connection => DropExpired(connection, channel, now),
                        dropped => Tail(channel)?.Drop(dropped.First),
                        cancellationToken
                    )
                ).More
            ) { }
        }
    }

    private static bool HasExpired(SqliteConnection connection, LogHead head, long now) =>
        connection.QueryFirstOrDefault<RowMark>(
            "SELECT first_sequence, count, stored_at, bytes FROM frames WHERE channel_id = @Id ORDER BY first_sequence LIMIT 1",
            new { head.Id }
        )
            is { } first
        && IsExpired(head, first, now);

    /// <summary>Drops a part of a channel's expired codes; returns whether there may be more, and the log's first sequence.</summary>
    private (bool More, long First) DropExpired(SqliteConnection connection, long channel, long now)
    {
        if (LogHead.Find(connection, channel) is not { } head)
            return (false, 0);

        bool more = DropExpired(connection, head, now);
        head.Save(connection);
        return (more, head.FirstSequence);
    }

    /// <summary>Runs a query and closes its connection before the caller uses the results.</summary>
    private IReadOnlyList<T> Query<T>(Func<SqliteConnection, IEnumerable<T>> query)
    {
        using SqliteConnection connection = _database.Open();
        return [.. query(connection)];
    }
}
