using Codec.Frames;
using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CodecServer.Tests.Stores;

/// <summary>Databases of older servers are migrated in place.</summary>
public sealed class ChannelLogMigrationTests : ChannelLogFixture
{
    /// <summary>The schema before keys, epochs and consumers.</summary>
    private const string FirstSchema = """
        PRAGMA journal_mode = WAL;
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
        PRAGMA user_version = 1;
        """;

    [Fact]
    public async Task Open_DatabaseOfTheFirstSchema_KeepsItsContentAndAppends()
    {
        CodeRun run = Runs.Of(3);
        byte[] frame = CodeFrame.Write(1, run.Codes, checksum: true);
        WriteOldDatabase(connection =>
        {
            connection.Execute(
                """
                INSERT INTO channels VALUES (7, 'faces', 4, 4, 10, 1000), (8, 'empty', 0, 1, 1, 2000);
                INSERT INTO code_versions VALUES (1, @Hex);
                INSERT INTO frames VALUES (7, 4, 3, 1, X'191919', @frame), (7, 7, 3, 1, X'191919', @frame);
                INSERT INTO producers VALUES (5, 7, 'camera', 3);
                INSERT INTO publications VALUES (5, 2, 4, 3), (5, 3, 7, 3);
                """,
                new { Runs.Version.Hex, frame }
            );
        });

        // Migrated rows have their channel's time of creation as their time of storing, and the length of their frame as their bytes.
        var faces = new ChannelId("faces", 7);
        var created = DateTimeOffset.FromUnixTimeMilliseconds(1000);
        Assert.Equal(new ChannelRecord(faces, new Retention(Codes: 4), 4, 10, 6, 2 * frame.Length, created), await GetAsync());
        Assert.Equal(
            new ChannelRecord(new ChannelId("empty", 8), Retention.All, 1, 1, 0, 0, DateTimeOffset.FromUnixTimeMilliseconds(2000)),
            await GetAsync("empty")
        );
        LogPage page = await ReadAsync(faces, 4);
        Assert.Equal([.. run.Codes.Hex(), .. run.Codes.Hex()], page.Hex());
        Assert.All(page.Codes, code => Assert.Equal((created, Runs.Version), (code.StoredAt, code.Version)));

        // The producer can be opened, a sweep does not forget it, and its earlier items are recognized.
        await Log.SweepAsync(Ct);
        Assert.Equal(new ProducerState(1, 3), await Log.OpenProducerAsync(faces, "camera", 0, transient: false, owner: null, Ct));
        Assert.Equal(new ItemOutcome(4, 3), await Log.AppendAsync(faces, run, new ProducerPosition("camera", 1, 2), Ct));
        Assert.Equal(new ItemOutcome(10, 3), await Log.AppendAsync(faces, run, new ProducerPosition("camera", 1, 4), Ct));

        // Retention uses the migrated totals.
        Assert.Equal(new ChannelRecord(faces, new Retention(Codes: 4), 7, 13, 6, frame.Length + 75, created), await GetAsync());
        await CloseAsync();
        Assert.Equal(7, (await GetAsync()).FirstSequence);
    }

    [Fact]
    public async Task Open_DatabaseThatKeepsItsFreePages_IsRewrittenOnce()
    {
        WriteOldDatabase(connection =>
            connection.Execute(
                """
                INSERT INTO channels VALUES (1, 'faces', 0, 1, 101, 1000);
                INSERT INTO code_versions VALUES (1, 'x');
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
                INSERT INTO frames SELECT 1, i, 1, 1, X'00', RANDOMBLOB(50000) FROM n;
                """
            )
        );
        Assert.Equal(0, Ask<int>("PRAGMA auto_vacuum"));

        await GetAsync();

        Assert.Equal(2, Ask<int>("PRAGMA auto_vacuum"));
        Assert.Equal(0, Ask<int>("PRAGMA freelist_count"));
        Assert.Equal("ok", Ask<string>("PRAGMA integrity_check"));
        Assert.InRange(new FileInfo(Database).Length, 5_000_000, 5_600_000);
        Assert.Equal(100, (await GetAsync()).Codes);
    }

    private void WriteOldDatabase(Action<SqliteConnection> fill)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        connection.Execute(FirstSchema);
        fill(connection);
    }
}
