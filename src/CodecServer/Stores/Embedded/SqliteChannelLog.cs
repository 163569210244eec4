using System.Collections.Concurrent;
using Codec.Models;
using Codec.Server.Options;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>Stores channels in SQLite: a row holds a run of codes as a checksummed frame, and the lengths of its codes.</summary>
/// <remarks>
/// With the lengths, a subscriber's frames are cut and joined without a model and without decoding a symbol. A channel's incarnation is its
/// row id, which AUTOINCREMENT never assigns twice.
/// </remarks>
internal sealed partial class SqliteChannelLog : IChannelLog, IAsyncDisposable
{
    /// <summary>
    /// Bytes of the newest rows of all channels together that are read without the database: seconds of a busy channel, for which a
    /// subscriber lags that is not slow.
    /// </summary>
    private const long RecentBytes = 16 << 20;

    private readonly SqliteDatabase _database;
    private readonly SqliteWriter _writer;
    private readonly FreePages _freePages;
    private readonly DiskReserve _reserve;
    private readonly ConcurrentDictionary<long, ChannelTail> _tails = new();
    private readonly RecentRows _recent = new(RecentBytes);
    private readonly TimeProvider _time;
    private readonly ChannelOptions _options;

    public SqliteChannelLog(
        DataDirectory directory,
        DiskReserve reserve,
        IOptions<StoreOptions> store,
        IOptions<ChannelOptions> options,
        TimeProvider time,
        ILogger<SqliteChannelLog> logger
    )
    {
        _database = new SqliteDatabase(
            directory.ChannelLog,
            ChannelLogSchema.Steps,
            store.Value.MaxDatabaseBytes,
            logger,
            reserve,
            new CommitMark(directory, MarkedDatabase.ChannelLog, logger)
        );
        _writer = new SqliteWriter(_database, store.Value.WriteQueueLength, logger, reserve);
        _freePages = new FreePages(_database, _writer, reserve);
        _reserve = reserve;
        _time = time;
        _options = options.Value;
    }

    public Task<(ChannelRecord Channel, bool IsNew)> CreateAsync(string name, Retention retention, CancellationToken cancellationToken) =>
        _writer.RunAsync(
            connection =>
            {
                if (LogHead.Find(connection, name)?.ToRecord() is { } existing)
                {
                    return existing.Retention == retention
                        ? (existing, false)
                        : throw new RequestException(
                            RequestError.AlreadyExists,
                            "CHANNEL_EXISTS",
                            $"The channel '{name}' exists and keeps {existing.Retention}, not {retention}; choose another name, or delete it first."
                        );
                }

                if (connection.ExecuteScalar<int>("SELECT COUNT(*) FROM channels WHERE deleted = 0") >= _options.MaxChannels)
                {
                    throw new RequestException(
                        RequestError.ResourceExhausted,
                        "TOO_MANY_CHANNELS",
                        $"There are {_options.MaxChannels} channels already; delete some, or raise --max-channels."
                    );
                }

                connection.Execute(
                    """
                    INSERT INTO channels (
                        name, retain_codes, retain_age, retain_bytes, latest_of_each_key, first_sequence, next_sequence, created_at)
                    VALUES (@name, @Codes, @age, @Bytes, @LatestOfEachKey, 1, 1, @now)
                    """,
                    new
                    {
                        name,
                        retention.Codes,
                        age = (long)retention.Age.TotalMilliseconds,
                        retention.Bytes,
                        retention.LatestOfEachKey,
                        now = Now(),
                    }
                );
                return (LogHead.Find(connection, name)!.ToRecord(), true);
            },
            committed: null,
            cancellationToken
        );

    public Task<ChannelRecord> GetAsync(string name, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult(LogHead.Find(connection, name)?.ToRecord() ?? throw RequestException.NotFound("channel", name));
    }

    public Task<IReadOnlyList<ChannelRecord>> ListAsync(CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult<IReadOnlyList<ChannelRecord>>([.. LogHead.List(connection).Select(head => head.ToRecord())]);
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        await _writer.FreeStepAsync(
            connection =>
            {
                LogHead head = LogHead.Find(connection, name) ?? throw RequestException.NotFound("channel", name);

                // A channel's name has no slash, so its name is free for another channel at once. The content is deleted in steps, so that
                // a large channel does not stop every producer: the first step now, the others in the next sweep.
                connection.Execute("UPDATE channels SET deleted = 1, name = '/' || id WHERE id = @Id", new { head.Id });
                DropDeleted(connection, head.Id);
                return head.Id;
            },
            id =>
            {
                _keepsLatest.TryRemove(id, out _);
                if (_tails.TryRemove(id, out ChannelTail? tail))
                    tail.Delete();
            },
            cancellationToken
        );

    public async Task WaitAsync(ChannelId channel, long sequence, CancellationToken cancellationToken)
    {
        if (FindTail(channel.Incarnation) is not { } tail || !await tail.WaitAsync(sequence, cancellationToken))
            throw LogHead.Deleted();
    }

    public Task WhenDeletedAsync(ChannelId channel, CancellationToken cancellationToken) =>
        FindTail(channel.Incarnation)?.Deletion.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    public Task<IReadOnlyList<VersionCodes>> FindCodesAsync(Digest version, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        IEnumerable<(string Channel, long Codes)> rows = connection.Query<(string, long)>(
            """
            SELECT c.name, SUM(f.count) FROM code_versions v JOIN frames f ON f.version_id = v.id JOIN channels c ON c.id = f.channel_id
            WHERE v.digest = @Hex AND c.deleted = 0 GROUP BY c.name ORDER BY c.name
            """,
            new { version.Hex }
        );
        return Task.FromResult<IReadOnlyList<VersionCodes>>([.. rows.Select(row => new VersionCodes(row.Channel, row.Codes))]);
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    /// <summary>Returns a channel's tail, up to date; null if the channel was deleted.</summary>
    private ChannelTail? FindTail(long channel)
    {
        ChannelTail tail = _tails.GetOrAdd(channel, static (_, recent) => new ChannelTail(recent), _recent);
        if (tail.IsCurrent)
            return tail;

        // Read after the tail exists: later commits advance it, earlier ones are in this row.
        using SqliteConnection connection = _database.Open();
        if (LogHead.Find(connection, channel) is { } head)
        {
            tail.Advance(head.NextSequence);
            return tail;
        }

        _tails.TryRemove(channel, out _);
        return null;
    }

    private ChannelTail? Tail(long channel) => _tails.GetValueOrDefault(channel);

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
