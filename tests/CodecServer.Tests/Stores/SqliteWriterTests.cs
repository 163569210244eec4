using Codec.Server;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CodecServer.Tests.Stores;

public sealed class SqliteWriterTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ErrorLog _errors = new();
    private readonly LoggerFactory _loggers;
    private SqliteDatabase _database = null!;
    private SqliteWriter _writer = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public SqliteWriterTests() => _loggers = new LoggerFactory([_errors]);

    public ValueTask InitializeAsync()
    {
        string path = Path.Combine(_directory.Path, "test.db");
        _database = new SqliteDatabase(path, ["CREATE TABLE items (value INTEGER NOT NULL UNIQUE)"], maxBytes: 0, NullLogger.Instance);
        _writer = new SqliteWriter(_database, queueLength: 8, _loggers.CreateLogger<SqliteWriter>());
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _loggers.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task RunAsync_WritesThatWaitForACommit_ShareTheNextOne()
    {
        using var gate = new ManualResetEventSlim();
        var started = new TaskCompletionSource();
        Task first = _writer.RunAsync(connection => Block(connection, 0, started, gate), null, Ct);
        await started.Task;
        Task<bool>[] others =
        [
            .. Enumerable.Range(1, 5).Select(i => _writer.RunAsync(connection => Insert(connection, i), _ => Visible(), Ct)),
        ];
        gate.Set();
        await first;

        // Each write counted the rows visible to others right after its commit: the first one already saw all five.
        Assert.All(await Task.WhenAll(others), Assert.True);
        Assert.Equal([6, 6, 6, 6, 6], _seen);
    }

    [Fact]
    public async Task RunAsync_WriteThatIsRefused_IsUndoneAlone()
    {
        using var gate = new ManualResetEventSlim();
        var started = new TaskCompletionSource();
        Task first = _writer.RunAsync(connection => Block(connection, 0, started, gate), null, Ct);
        await started.Task;
        Task<bool> good = _writer.RunAsync(connection => Insert(connection, 1), null, Ct);
        Task<bool> refused = _writer.RunAsync<bool>(
            connection =>
            {
                Insert(connection, 2);
                throw RequestException.Invalid("value", "no.");
            },
            null,
            Ct
        );
        Task<bool> broken = _writer.RunAsync(connection => Insert(connection, 1), null, Ct);
        Task<bool> last = _writer.RunAsync(connection => Insert(connection, 3), null, Ct);
        gate.Set();

        await Runs.RefusesAsync(RequestError.InvalidArgument, () => refused);
        await Assert.ThrowsAsync<SqliteException>(() => broken);
        await Task.WhenAll(first, good, last);
        using SqliteConnection reader = _database.Open();
        Assert.Equal([0, 1, 3], reader.Query<int>("SELECT value FROM items ORDER BY value"));
    }

    [Fact]
    public async Task RunAsync_QueueIsFull_WaitsUntilCancelled()
    {
        using var gate = new ManualResetEventSlim();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var started = new TaskCompletionSource();
        Task first = _writer.RunAsync(connection => Block(connection, 0, started, gate), null, Ct);
        await started.Task;
        Task<bool>[] queued = [.. Enumerable.Range(1, 8).Select(i => _writer.RunAsync(connection => Insert(connection, i), null, Ct))];
        Task<bool> beyond = _writer.RunAsync(connection => Insert(connection, 9), null, cancel.Token);
        Assert.False(beyond.IsCompleted);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => beyond);

        gate.Set();
        await Task.WhenAll([first, .. queued]);
        using SqliteConnection reader = _database.Open();
        Assert.Equal(9, reader.ExecuteScalar<int>("SELECT COUNT(*) FROM items"));
    }

    [Fact]
    public async Task RunAsync_WorkAfterTheCommitThrows_IsLoggedAndTheLoopContinues()
    {
        bool stored = await _writer.RunAsync(
            connection => Insert(connection, 1),
            _ => throw new InvalidOperationException("after the commit"),
            Ct
        );

        Assert.True(stored);
        Assert.True(await _writer.RunAsync(connection => Insert(connection, 2), null, Ct));
        Assert.Contains("after the commit", Assert.Single(_errors.Of(401)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_LoggingThrowsToo_EveryCallerIsAnsweredAndTheLoopContinues()
    {
        await using var writer = new SqliteWriter(_database, queueLength: 8, new FailingLogger(_errors.CreateLogger("writer")));
        using var gate = new ManualResetEventSlim();
        var started = new TaskCompletionSource();
        Task first = writer.RunAsync(connection => Block(connection, 0, started, gate), null, Ct);
        await started.Task;
        Task<bool> second = writer.RunAsync(
            connection => Insert(connection, 1),
            _ => throw new InvalidOperationException("after the commit"),
            Ct
        );
        Task<bool> third = writer.RunAsync(connection => Insert(connection, 2), null, Ct);
        gate.Set();
        await first;

        Assert.True(await second);
        await Assert.ThrowsAsync<IOException>(() => third);
        Assert.True(await writer.RunAsync(connection => Insert(connection, 3), null, Ct));
        Assert.Contains("no log", Assert.Single(_errors.Of(402)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_WriterThatNeverPauses_KeepsTheLogBounded()
    {
        await _writer.RunAsync(connection => connection.Execute("CREATE TABLE large (bytes BLOB NOT NULL)"), null, Ct);
        long longest = 0;
        for (int i = 0; i < 90; i++)
        {
            await _writer.RunAsync(
                connection => connection.Execute("DELETE FROM large; INSERT INTO large VALUES (ZEROBLOB(1 << 20))"),
                null,
                Ct
            );
            longest = Math.Max(longest, _database.LogBytes);
        }

        Assert.InRange(longest, 1 << 20, 44 << 20);
        await _writer.DisposeAsync();
        using SqliteConnection reader = _database.Open();
        Assert.Equal(1 << 20, reader.ExecuteScalar<long>("SELECT LENGTH(bytes) FROM large"));
    }

    [Fact]
    public void Open_DatabaseOfANewerServer_IsRefused()
    {
        string path = Path.Combine(_directory.Path, "newer.db");
        _ = new SqliteDatabase(path, ["SELECT 1", "SELECT 1", "SELECT 1"], maxBytes: 0, NullLogger.Instance);

        StoreException exception = Assert.Throws<StoreException>(() =>
            new SqliteDatabase(path, ["SELECT 1"], maxBytes: 0, NullLogger.Instance)
        );

        Assert.Contains("schema 3", exception.Message, StringComparison.Ordinal);
        Assert.Contains("up to 1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FileThatIsNotADatabase_IsRefused()
    {
        string path = Path.Combine(_directory.Path, "noise.db");
        File.WriteAllBytes(path, Blobs.Random(8192, seed: 1));

        Assert.Throws<StoreException>(() => new SqliteDatabase(path, ["SELECT 1"], maxBytes: 0, NullLogger.Instance));
    }

    private readonly List<int> _seen = [];

    private static bool Insert(SqliteConnection connection, int value) =>
        connection.Execute("INSERT INTO items VALUES (@value)", new { value }) == 1;

    private static bool Block(SqliteConnection connection, int value, TaskCompletionSource started, ManualResetEventSlim gate)
    {
        started.SetResult();
        gate.Wait(Ct);
        return Insert(connection, value);
    }

    private void Visible()
    {
        using SqliteConnection reader = _database.Open();
        _seen.Add(reader.ExecuteScalar<int>("SELECT COUNT(*) FROM items"));
    }

    /// <summary>A logger that throws when the work after a commit is reported.</summary>
    private sealed class FailingLogger(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (eventId.Id == 401)
                throw new IOException("no log");

            logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
