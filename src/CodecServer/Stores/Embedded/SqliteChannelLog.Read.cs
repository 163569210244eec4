using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Reading: rows back to runs of codes.</summary>
internal sealed partial class SqliteChannelLog
{
    public Task<IReadOnlyList<StoredRun>> ReadAsync(
        long channel, long sequence, int maxCodes, int maxBytes, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true);
        ChannelRecord head = connection.QuerySingleOrDefault<ChannelRow>($"{SelectChannel} WHERE id = @channel", new { channel })?.ToRecord()
            ?? throw ChannelGone(channel);
        head.RequireReadable(sequence);
        var runs = new List<StoredRun>();
        int codes = 0;
        long bytes = 0;
        foreach (FrameRow row in connection.Query<FrameRow>(
            """
            SELECT first_sequence, v.digest AS version, lengths, frame FROM frames JOIN code_versions v ON v.id = version_id
            WHERE channel_id = @channel AND first_sequence >= (
                SELECT MAX(first_sequence) FROM frames WHERE channel_id = @channel AND first_sequence <= @sequence)
            ORDER BY first_sequence
            """,
            new { channel, sequence },
            buffered: false))
        {
            CodeRun run = row.ToRun(head.Name);
            int skip = (int)Math.Max(0, sequence - row.FirstSequence);
            if (skip < run.Codes.Count)
            {
                runs.Add(new StoredRun(row.FirstSequence + skip, run with { Codes = [.. run.Codes.Skip(skip)] }));
                codes += run.Codes.Count - skip;
                bytes += row.Frame.Length;
            }

            if (codes >= maxCodes || bytes >= maxBytes)
            {
                break;
            }
        }

        return Task.FromResult<IReadOnlyList<StoredRun>>(runs);
    }

    private sealed record FrameRow(long FirstSequence, string Version, byte[] Lengths, byte[] Frame)
    {
        public CodeRun ToRun(string channel)
        {
            try
            {
                FrameHeader header = CodeFrame.ReadHeader(Frame);
                return new CodeRun(Rows.ParseDigest(Version), header.Quality, CodeLengths.Slice(Frame.AsMemory(header.Codes), Lengths));
            }
            catch (Exception exception) when (exception is InvalidCodeException or InvalidDataException)
            {
                throw new RequestException(
                    RequestError.DataLoss, "STORED_FRAME_DAMAGED", $"The frame at sequence {FirstSequence} of '{channel}' is damaged on disk: {exception.Message}", exception);
            }
        }
    }
}
