using System.Collections.Concurrent;
using Codec.Server.Options;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>Channels in SQLite: one row for each run of codes, as a checksummed frame with its codes' lengths beside it.</summary>
/// <remarks>The lengths let a subscriber's frames be cut and joined without a model and without decoding a symbol.</remarks>
internal sealed partial class SqliteChannelLog : IChannelLog, IAsyncDisposable
{
    private const string SelectChannel = "SELECT id, name, retain_codes, first_sequence, next_sequence, created_at FROM channels";

    private static readonly string[] Schema =
    [
        """
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
        """,
    ];

    private readonly SqliteDatabase _database;
    private readonly SqliteWriter _writer;
    private readonly ConcurrentDictionary<long, ChannelTail> _tails = new();
    private readonly TimeProvider _time;
    private readonly ChannelOptions _options;

    public SqliteChannelLog(DataDirectory directory, IOptions<StoreOptions> store, IOptions<ChannelOptions> options, TimeProvider time)
    {
        _database = new SqliteDatabase(directory.ChannelLog, Schema, store.Value.MaxDatabaseBytes);
        _writer = new SqliteWriter(_database, store.Value.WriteQueueLength);
        _time = time;
        _options = options.Value;
    }

    public Task<ChannelRecord> CreateAsync(string name, long retainCodes, CancellationToken cancellationToken) => _writer.RunAsync(
        connection =>
        {
            if (Find(connection, name) is { } existing)
            {
                return existing.RetainCodes == retainCodes ? existing : throw new RequestException(
                    RequestError.AlreadyExists, "CHANNEL_EXISTS", $"The channel '{name}' exists and retains {existing.RetainCodes} codes, not {retainCodes}.");
            }

            if (connection.ExecuteScalar<int>("SELECT COUNT(*) FROM channels") >= _options.MaxChannels)
            {
                throw new RequestException(
                    RequestError.ResourceExhausted, "TOO_MANY_CHANNELS", $"There are {_options.MaxChannels} channels already; delete some, or raise --max-channels.");
            }

            connection.Execute(
                "INSERT INTO channels (name, retain_codes, first_sequence, next_sequence, created_at) VALUES (@name, @retainCodes, 1, 1, @now)",
                new { name, retainCodes, now = _time.GetUtcNow().ToUnixTimeMilliseconds() });
            return Find(connection, name)!;
        },
        committed: null,
        cancellationToken);

    public Task<ChannelRecord> GetAsync(string name, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult(Find(connection, name) ?? throw RequestException.NotFound("channel", name));
    }

    public Task<IReadOnlyList<ChannelRecord>> ListAsync(CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult<IReadOnlyList<ChannelRecord>>(
            [.. connection.Query<ChannelRow>($"{SelectChannel} ORDER BY name").Select(row => row.ToRecord())]);
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => _writer.RunAsync(
        connection =>
        {
            ChannelRecord channel = Find(connection, name) ?? throw RequestException.NotFound("channel", name);
            connection.Execute("DELETE FROM channels WHERE id = @Id", new { channel.Id });
            return channel.Id;
        },
        id =>
        {
            if (_tails.TryRemove(id, out ChannelTail? tail))
            {
                tail.Delete();
            }
        },
        cancellationToken);

    public Task<LogPosition> AppendAsync(long channel, CodeRun run, ProducerPosition? producer, CancellationToken cancellationToken)
    {
        byte[] frame = CodeFrame.Write(run.Quality, run.Codes, checksum: true);
        byte[] lengths = CodeLengths.Write(run.Codes);
        return _writer.RunAsync(
            connection => Append(connection, channel, run, frame, lengths, producer),
            position => Tail(channel)?.Advance(position.FirstSequence + position.Count),
            cancellationToken);
    }

    public Task<long> GetProducerSequenceAsync(long channel, string producer, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult(connection.ExecuteScalar<long>(
            "SELECT last_sequence FROM producers WHERE channel_id = @channel AND name = @producer", new { channel, producer }));
    }

    public async Task WaitAsync(long channel, long sequence, CancellationToken cancellationToken)
    {
        ChannelTail tail = _tails.GetOrAdd(channel, static _ => new ChannelTail());

        // Asked after the tail exists: what is committed from here on advances it, what was committed before is seen now.
        using (SqliteConnection connection = _database.Open())
        {
            if (connection.ExecuteScalar<long?>("SELECT next_sequence FROM channels WHERE id = @channel", new { channel }) is { } next)
            {
                tail.Advance(next);
            }
            else
            {
                _tails.TryRemove(channel, out _);
                throw ChannelGone(channel);
            }
        }

        if (!await tail.WaitAsync(sequence, cancellationToken))
        {
            throw ChannelGone(channel);
        }
    }

    public Task<bool> HoldsVersionAsync(Digest version, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult(connection.ExecuteScalar<bool>(
            "SELECT EXISTS (SELECT 1 FROM frames JOIN code_versions v ON v.id = version_id WHERE v.digest = @Hex)", new { version.Hex }));
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private static ChannelRecord? Find(SqliteConnection connection, string name) =>
        connection.QuerySingleOrDefault<ChannelRow>($"{SelectChannel} WHERE name = @name", new { name })?.ToRecord();

    private static RequestException ChannelGone(long channel) =>
        new(RequestError.NotFound, "CHANNEL_DELETED", $"The channel (id {channel}) was deleted.");

    private ChannelTail? Tail(long channel) => _tails.GetValueOrDefault(channel);

    private sealed record ChannelRow(long Id, string Name, long RetainCodes, long FirstSequence, long NextSequence, long CreatedAt)
    {
        public ChannelRecord ToRecord() =>
            new(Id, Name, RetainCodes, FirstSequence, NextSequence, DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt));
    }
}
