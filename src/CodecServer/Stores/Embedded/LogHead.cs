using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>A channel's row: its retention, the ends of its log, and its totals. <see cref="Save"/> writes changes back.</summary>
internal sealed class LogHead
{
    private const string Select = """
        SELECT id, name, retain_codes, retain_age, retain_bytes, latest_of_each_key,
            first_sequence, next_sequence, codes, bytes, stored_at, created_at
        FROM channels WHERE deleted = 0
        """;

    public long Id { get; init; }

    public string Name { get; init; } = "";

    public long RetainCodes { get; init; }

    /// <summary>Milliseconds.</summary>
    public long RetainAge { get; init; }

    public long RetainBytes { get; init; }

    public bool LatestOfEachKey { get; init; }

    public long FirstSequence { get; set; }

    public long NextSequence { get; set; }

    public long Codes { get; set; }

    public long Bytes { get; set; }

    /// <summary>Time of storing of the last code, in Unix milliseconds. It never decreases, even if the clock is set back.</summary>
    public long StoredAt { get; set; }

    public long CreatedAt { get; init; }

    /// <summary>Whether retention can drop codes from the log's start.</summary>
    public bool IsBounded => RetainCodes > 0 || RetainAge > 0 || RetainBytes > 0;

    /// <summary>Returns a channel by its row id.</summary>
    /// <exception cref="RequestException">NotFound: it was deleted.</exception>
    public static LogHead Get(SqliteConnection connection, long channel) => Find(connection, channel) ?? throw Deleted();

    /// <summary>Returns a channel by its row id; null if it was deleted.</summary>
    public static LogHead? Find(SqliteConnection connection, long channel) =>
        connection.QuerySingleOrDefault<LogHead>($"{Select} AND id = @channel", new { channel });

    /// <summary>Returns a channel by its name; null if none has it.</summary>
    public static LogHead? Find(SqliteConnection connection, string name) =>
        connection.QuerySingleOrDefault<LogHead>($"{Select} AND name = @name", new { name });

    /// <summary>Returns all channels, sorted by name.</summary>
    public static IEnumerable<LogHead> List(SqliteConnection connection) => connection.Query<LogHead>($"{Select} ORDER BY name");

    /// <summary>The refusal of a call on a channel that was deleted.</summary>
    public static RequestException Deleted() => new(RequestError.NotFound, "CHANNEL_DELETED", "The channel was deleted.");

    /// <summary>Writes the ends of the log, its totals and the time of storing.</summary>
    public void Save(SqliteConnection connection) =>
        connection.Execute(
            """
            UPDATE channels SET
                first_sequence = @FirstSequence, next_sequence = @NextSequence, codes = @Codes, bytes = @Bytes, stored_at = @StoredAt
            WHERE id = @Id
            """,
            new
            {
                FirstSequence,
                NextSequence,
                Codes,
                Bytes,
                StoredAt,
                Id,
            }
        );

    public ChannelRecord ToRecord() =>
        new(
            new ChannelId(Name, Id),
            new Retention(RetainCodes, TimeSpan.FromMilliseconds(RetainAge), RetainBytes, LatestOfEachKey),
            FirstSequence,
            NextSequence,
            Codes,
            Bytes,
            DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt)
        );
}
