namespace Codec.Server.Stores.Embedded;

/// <summary>The channel log's schema as steps: step n migrates a database from user_version n to n + 1.</summary>
internal static class ChannelLogSchema
{
    /// <summary>Channels, runs of codes, producers and the outcomes of their items.</summary>
    private const string First = """
        CREATE TABLE channels (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, retain_codes INTEGER NOT NULL,
            first_sequence INTEGER NOT NULL, next_sequence INTEGER NOT NULL, created_at INTEGER NOT NULL);
        CREATE TABLE code_versions (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE);
        CREATE TABLE frames (
            channel_id INTEGER NOT NULL REFERENCES channels ON DELETE CASCADE, first_sequence INTEGER NOT NULL, count INTEGER NOT NULL,
            version_id INTEGER NOT NULL REFERENCES code_versions, lengths BLOB NOT NULL, frame BLOB NOT NULL,
            PRIMARY KEY (channel_id, first_sequence));
        CREATE INDEX frames_by_version ON frames (version_id);
        CREATE TABLE producers (
            id INTEGER PRIMARY KEY, channel_id INTEGER NOT NULL REFERENCES channels ON DELETE CASCADE, name TEXT NOT NULL,
            last_sequence INTEGER NOT NULL, UNIQUE (channel_id, name));
        CREATE TABLE publications (
            producer_id INTEGER NOT NULL REFERENCES producers ON DELETE CASCADE, producer_sequence INTEGER NOT NULL,
            first_sequence INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (producer_id, producer_sequence)) WITHOUT ROWID;
        """;

    /// <summary>
    /// Retention by age and bytes, running totals, keys, epochs, refusals and consumers. Times and ages are in milliseconds.
    /// </summary>
    /// <remarks>
    /// The frames move to a new table, in which the columns that retention reads precede the blobs: SQLite would walk a blob's pages to
    /// reach a column after it. Codes stored before this step get their channel's time of creation as their time of storing, and the length
    /// of their frame as their bytes.
    /// </remarks>
    private const string Second = """
        ALTER TABLE channels ADD COLUMN retain_age INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE channels ADD COLUMN retain_bytes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE channels ADD COLUMN latest_of_each_key INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE channels ADD COLUMN codes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE channels ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE channels ADD COLUMN stored_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE channels ADD COLUMN producers INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE channels ADD COLUMN forgotten_epoch INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE channels ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;

        CREATE TABLE moved_frames (
            channel_id INTEGER NOT NULL REFERENCES channels ON DELETE CASCADE, first_sequence INTEGER NOT NULL, count INTEGER NOT NULL,
            version_id INTEGER NOT NULL REFERENCES code_versions, stored_at INTEGER NOT NULL, bytes INTEGER NOT NULL,
            lengths BLOB NOT NULL, frame BLOB NOT NULL, PRIMARY KEY (channel_id, first_sequence));
        INSERT INTO moved_frames
            SELECT channel_id, f.first_sequence, count, version_id, created_at, LENGTH(frame), lengths, frame
            FROM frames f JOIN channels c ON c.id = channel_id ORDER BY channel_id, f.first_sequence;
        DROP TABLE frames;
        ALTER TABLE moved_frames RENAME TO frames;
        CREATE INDEX frames_by_version ON frames (version_id);

        ALTER TABLE producers ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE producers ADD COLUMN transient INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE producers ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
        UPDATE producers SET used_at = unixepoch() * 1000;
        CREATE INDEX producers_by_use ON producers (channel_id, transient DESC, used_at);
        ALTER TABLE publications ADD COLUMN refusal BLOB;

        CREATE TABLE keys (
            channel_id INTEGER NOT NULL REFERENCES channels ON DELETE CASCADE, key TEXT NOT NULL, sequence INTEGER NOT NULL,
            PRIMARY KEY (channel_id, key)) WITHOUT ROWID;
        CREATE INDEX keys_by_sequence ON keys (channel_id, sequence);
        CREATE TABLE consumers (
            channel_id INTEGER NOT NULL REFERENCES channels ON DELETE CASCADE, name TEXT NOT NULL, next_sequence INTEGER NOT NULL,
            committed_at INTEGER NOT NULL, PRIMARY KEY (channel_id, name)) WITHOUT ROWID;

        UPDATE channels SET
            stored_at = created_at,
            codes = (SELECT COALESCE(SUM(count), 0) FROM frames WHERE channel_id = channels.id),
            bytes = (SELECT COALESCE(SUM(bytes), 0) FROM frames WHERE channel_id = channels.id),
            producers = (SELECT COUNT(*) FROM producers WHERE channel_id = channels.id);
        """;

    /// <summary>The identity that owns a producer; null where nobody does.</summary>
    private const string Third = "ALTER TABLE producers ADD COLUMN owner TEXT;";

    /// <summary>All steps, in order.</summary>
    public static IReadOnlyList<string> Steps { get; } = [First, Second, Third];
}
