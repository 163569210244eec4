using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Checks every channel of a log: each row by its checksum, and that the rows are all there.</summary>
/// <param name="connection">The log's database.</param>
/// <param name="check">Receives what is found.</param>
/// <param name="versions">Digests of the versions that the registry has; null if it cannot be asked.</param>
internal sealed class ChannelLogCheck(SqliteConnection connection, CheckReport check, IReadOnlySet<string>? versions)
{
    private readonly HashSet<string> _unknown = [];
    private long _done;
    private long _total;

    /// <summary>Says which schema the log has, if it is not this program's, which alone can be checked.</summary>
    public string? OtherSchema =>
        connection.ExecuteScalar<int>("PRAGMA user_version") is var schema && schema != ChannelLogSchema.Steps.Count
            ? $"The channels have schema {schema}, this program's is {ChannelLogSchema.Steps.Count}"
            : null;

    /// <summary>Checks all channels.</summary>
    public void Run(CancellationToken cancellationToken)
    {
        if (OtherSchema is { } other)
        {
            check.Problem($"{other}: start the server of this release once.");
            return;
        }

        IReadOnlyList<LogHead> heads = [.. LogHead.List(connection)];
        _total = heads.Sum(head => head.Codes);
        foreach (LogHead head in heads)
            CheckChannel(head, cancellationToken);

        check.Note($"channels: {heads.Count} with {_done:N0} codes");
    }

    private void CheckChannel(LogHead head, CancellationToken cancellationToken)
    {
        long next = head.FirstSequence,
            codes = 0;
        foreach (
            FrameRow row in connection.Query<FrameRow>(
                $"SELECT {FrameRow.Columns} FROM {FrameRow.Join} WHERE channel_id = @Id ORDER BY first_sequence",
                new { head.Id },
                buffered: false
            )
        )
        {
            cancellationToken.ThrowIfCancellationRequested();
            RequireReached(head, next, row.FirstSequence);
            if (!row.TryRead(out _, out string? damage))
            {
                check.Problem($"The codes {row.FirstSequence} to {row.End - 1} of '{head.Name}' are damaged: {damage}");
            }
            else if (versions?.Contains(row.Version!) == false && _unknown.Add(row.Version!))
            {
                check.Problem($"'{head.Name}' holds codes of the version {row.Version}, which the registry does not have.");
            }

            next = row.End;
            codes += row.Count;
            _done += row.Count;
            check.Progress("codes", _done, _total);
        }

        RequireReached(head, next, head.NextSequence);
        long bytes = connection.ExecuteScalar<long>("SELECT COALESCE(SUM(bytes), 0) FROM frames WHERE channel_id = @Id", new { head.Id });
        if ((codes, bytes) != (head.Codes, head.Bytes))
            check.Problem($"'{head.Name}' holds {codes} codes with {bytes} bytes; its totals are {head.Codes} and {head.Bytes}.");
    }

    /// <summary>Reports a gap; a channel that keeps only the newest code of each key has gaps.</summary>
    private void RequireReached(LogHead head, long next, long sequence)
    {
        if (next < sequence && !head.LatestOfEachKey)
        {
            check.Problem($"The codes {next} to {sequence - 1} of '{head.Name}' are missing.");
        }
        else if (next > sequence)
        {
            check.Problem($"'{head.Name}' holds codes after {sequence - 1} twice, or after its end.");
        }
    }
}
