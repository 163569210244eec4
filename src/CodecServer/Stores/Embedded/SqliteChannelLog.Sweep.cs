using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Sweeping: what time and deletions leave to be done, in steps between which others write.</summary>
internal sealed partial class SqliteChannelLog
{
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        await DropDeletedAsync(cancellationToken);
        await DropOutlivedAsync(cancellationToken);
        await ForgetProducersAsync(cancellationToken);
        await _freePages.GiveBackAsync(cancellationToken);
    }

    private async Task DropDeletedAsync(CancellationToken cancellationToken)
    {
        foreach (long channel in Ask(connection => connection.Query<long>("SELECT id FROM channels WHERE deleted = 1")))
        {
            while (await _writer.RunAsync(connection => DropDeleted(connection, channel), committed: null, cancellationToken)) { }
        }
    }

    /// <summary>Drops a part of what a deleted channel held, and at last its row; true where there is more.</summary>
    private static bool DropDeleted(SqliteConnection connection, long channel)
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
                ProducersPerStep,
            }
        );
        var head = new LogHead { Id = channel };
        if (Drop(connection, head, static _ => true) || dropped > 0)
        {
            return true;
        }

        connection.Execute("DELETE FROM channels WHERE id = @channel", new { channel });
        return false;
    }

    /// <summary>Drops outlived codes of all channels; one whose first row may stay costs a look, but no write.</summary>
    private async Task DropOutlivedAsync(CancellationToken cancellationToken)
    {
        long now = Now();
        IEnumerable<LogHead> due = Ask(connection =>
            LogHead.List(connection).Where(head => head.IsBounded && HasOutlived(connection, head, now))
        );
        foreach (long channel in due.Select(head => head.Id))
        {
            while (await _writer.RunAsync(connection => DropOutlived(connection, channel, now), committed: null, cancellationToken)) { }
        }
    }

    private static bool HasOutlived(SqliteConnection connection, LogHead head, long now) =>
        connection.QueryFirstOrDefault<RowMark>(
            "SELECT first_sequence, count, stored_at, bytes FROM frames WHERE channel_id = @Id ORDER BY first_sequence LIMIT 1",
            new { head.Id }
        )
            is { } first
        && IsOutlived(head, first, now);

    private static bool DropOutlived(SqliteConnection connection, long channel, long now)
    {
        if (LogHead.Find(connection, channel) is not { } head)
        {
            return false;
        }

        bool more = DropOutlived(connection, head, now);
        head.Save(connection);
        return more;
    }

    /// <summary>Reads everything that a question finds, and closes the connection before it is used.</summary>
    private IReadOnlyList<T> Ask<T>(Func<SqliteConnection, IEnumerable<T>> question)
    {
        using SqliteConnection connection = _database.Open();
        return [.. question(connection)];
    }
}
