using System.Threading.Channels;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>The only writer of a database: a bounded queue with group commit.</summary>
/// <remarks>
/// The writes that arrive while a commit syncs share the next commit and its sync, so that a write waits for at most one commit before its
/// own. A write that fails is undone alone; a commit all of whose writes failed is not made. If a whole commit fails (a full disk), each
/// of its writes is retried in a commit of its own, so that one that is too large does not fail the others. Only disposing the writer ends
/// its loop, so every write that has a place in the queue is answered. The loop has a thread of its own: a sync takes milliseconds, for
/// which it would block one of the pool's threads.
/// </remarks>
internal sealed class SqliteWriter : IAsyncDisposable
{
    /// <summary>Bytes of the pages that a small write changes: tables and indexes have few levels.</summary>
    private const long BytesPerWrite = 64 << 10;

    private readonly Channel<Write> _queue;
    private readonly SqliteDatabase _database;
    private readonly PreparingConnection _connection;
    private readonly DiskReserve? _reserve;
    private readonly ILogger _logger;
    private readonly int _maxGroup;
    private readonly Task _loop;
    private bool _isBoundLifted;

    /// <summary>Starts the writer.</summary>
    /// <param name="database">The database; nothing else may write to it.</param>
    /// <param name="queueLength">Number of writes that may wait; further callers wait for a place.</param>
    /// <param name="logger">Receives the failures that reach no caller.</param>
    /// <param name="reserve">The space for deletions on a full disk; null if there is none.</param>
    public SqliteWriter(SqliteDatabase database, int queueLength, ILogger logger, DiskReserve? reserve = null)
    {
        _database = database;
        _reserve = reserve;
        _logger = logger;
        _maxGroup = queueLength;
        _queue = Channel.CreateBounded<Write>(
            new BoundedChannelOptions(queueLength)
            {
                SingleReader = true,

                // Wakes the writer's thread at once instead of through the pool.
                AllowSynchronousContinuations = true,
            }
        );
        _connection = database.OpenForWriting();
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Runs a write in the next commit; writes run in the order of the calls.</summary>
    /// <param name="write">The write. An exception undoes it and reaches the caller.</param>
    /// <param name="committed">
    /// Runs after the commit, in the order of the writes, before any later write. The write is durable by then: an exception is only
    /// logged, and the caller gets the result.
    /// </param>
    /// <param name="bytes">Bytes that it stores, if they are more than a few pages.</param>
    /// <param name="cancellationToken">Ends the wait for a place in the queue; a write that has a place is carried out.</param>
    /// <returns>The write's result, once it is durable.</returns>
    /// <exception cref="RequestException">ResourceExhausted: the disk is full. Unavailable: the store is closed.</exception>
    public Task<T> RunAsync<T>(Func<SqliteConnection, T> write, Action<T>? committed, long bytes, CancellationToken cancellationToken) =>
        EnqueueAsync(new Write<T>(write, committed, frees: false, bytes, _logger), cancellationToken);

    /// <summary>As the other overload, for a write of a few pages.</summary>
    /// <param name="write">The write.</param>
    /// <param name="committed">As for the other overload.</param>
    /// <param name="cancellationToken">As for the other overload.</param>
    public Task<T> RunAsync<T>(Func<SqliteConnection, T> write, Action<T>? committed, CancellationToken cancellationToken) =>
        RunAsync(write, committed, bytes: 0, cancellationToken);

    /// <summary>Runs a write that frees space as RunAsync does; on a full disk, the reserve makes room for it.</summary>
    /// <param name="write">The write; it may run more than once, and drops fewer rows at once while the reserve is in use.</param>
    /// <param name="committed">As for RunAsync.</param>
    /// <param name="cancellationToken">As for RunAsync.</param>
    public Task<T> FreeAsync<T>(Func<SqliteConnection, T> write, Action<T>? committed, CancellationToken cancellationToken) =>
        EnqueueAsync(new Write<T>(write, committed, frees: true, bytes: 0, _logger), cancellationToken);

    /// <summary>As <see cref="FreeAsync"/>, for a step of a large deletion (<see cref="DiskReserve.RowsPerStep"/>).</summary>
    /// <param name="write">As for FreeAsync.</param>
    /// <param name="committed">As for RunAsync.</param>
    /// <param name="cancellationToken">As for RunAsync.</param>
    public Task<T> FreeStepAsync<T>(Func<SqliteConnection, T> write, Action<T>? committed, CancellationToken cancellationToken) =>
        EnqueueAsync(new Write<T>(write, committed, frees: true, _reserve?.StepBytes ?? 0, _logger), cancellationToken);

    /// <summary>Carries out the waiting writes, then closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        await _database.Checkpoints.EndAsync();
        await _connection.DisposeAsync();
        _database.Mark?.Flush();
    }

    private void Run()
    {
        var group = new List<Write>(_maxGroup);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (group.Count < _maxGroup && _queue.Reader.TryRead(out Write? write))
                group.Add(write);

            try
            {
                Run(group);
                _database.Checkpoints.Follow(_connection);
            }
            catch (Exception exception)
            {
                foreach (Write write in group)
                    write.Fail(exception);

                ServerLog.WriterFailed(_logger, exception);
            }

            group.Clear();
        }
    }

    private async Task<T> EnqueueAsync<T>(Write<T> item, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(item, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw RequestException.Draining();
        }

        return await item.Result;
    }

    private void Run(List<Write> group)
    {
        RefuseWhileFull(group);
        if (group.Count > 0 && CommitInRoom(group) is { } failure)
        {
            foreach (Write write in group)
            {
                if ((group.Count == 1 ? failure : CommitInRoom([write])) is { } alone && CommitWithRoom(write, alone) is { } final)
                    write.Fail(DiskFull.IsCauseOf(final) ? DiskFull.ToRequestException(final) : final);
            }
        }
    }

    /// <summary>Takes the writes that free nothing out of a group, and refuses them, while the reserve is in use.</summary>
    private void RefuseWhileFull(List<Write> group)
    {
        if (_isBoundLifted)
            _isBoundLifted = !_database.TryRestoreBound(_connection);

        if (_reserve is null or { AllowsWrites: true })
            return;

        foreach (Write write in group.Where(write => !write.Frees))
            write.Fail(DiskFull.ToRequestException());

        group.RemoveAll(write => !write.Frees);
    }

    /// <summary>
    /// Commits a write that frees space and found the disk full, after making room for it; returns the failure of any other write.
    /// </summary>
    private Exception? CommitWithRoom(Write write, Exception failure)
    {
        if (!write.Frees)
            return failure;

        if (DiskFull.IsCauseOf(failure) && _database.TryLiftBound(_connection))
        {
            _isBoundLifted = true;
            if (CommitInRoom([write]) is not { } lifted)
                return null;

            failure = lifted;
        }

        // With the reserve first; then with the room of the write-ahead log, whose pages move into the file.
        foreach (Action makeRoom in new Action[] { () => _reserve?.Release(), _database.Checkpoints.TryTruncate })
        {
            if (!DiskFull.IsCauseOf(failure))
                break;

            makeRoom();
            if (CommitInRoom([write]) is not { } again)
                return null;

            failure = again;
        }

        return failure;
    }

    /// <summary>
    /// Commits a group if the disk has room for its pages twice: in the log, and then in the file. Returns the failure as
    /// <see cref="Commit"/>.
    /// </summary>
    private Exception? CommitInRoom(IReadOnlyList<Write> group) =>
        _reserve?.HasRoomFor(2 * group.Sum(write => write.Bytes + BytesPerWrite), group.All(write => write.Frees)) == false
            ? DiskFull.NoRoom()
            : Commit(group);

    /// <summary>Commits a group and completes its writes; returns the failure of the whole commit, after undoing it.</summary>
    private Exception? Commit(IReadOnlyList<Write> group)
    {
        long commits = 0;
        try
        {
            using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
            bool isEmpty = true;
            foreach (Write write in group)
            {
                _connection.Execute("SAVEPOINT write");
                if (write.Try(_connection))
                {
                    isEmpty = false;
                }
                else
                {
                    _connection.Execute("ROLLBACK TO write");
                }

                _connection.Execute("RELEASE write");
            }

            if (!isEmpty)
            {
                if (_database.Mark is not null)
                    commits = CommitMark.Count(_connection);

                transaction.Commit();
            }
        }
        catch (Exception exception)
        {
            return exception;
        }

        if (commits > 0)
            _database.Mark?.Advance(commits);

        foreach (Write write in group)
            write.Complete();

        return null;
    }

    private abstract class Write(bool frees, long bytes)
    {
        /// <summary>Bytes that it writes, beside a few pages.</summary>
        public long Bytes => bytes;

        /// <summary>Whether it frees space, so that it is carried out on a full disk.</summary>
        public bool Frees => frees;

        /// <summary>Runs the write; returns false if the write refused its request. Throws if the database failed.</summary>
        public abstract bool Try(SqliteConnection connection);

        public abstract void Complete();

        /// <summary>Fails the write; does nothing if it was completed.</summary>
        public abstract void Fail(Exception exception);
    }

    private sealed class Write<T>(Func<SqliteConnection, T> write, Action<T>? committed, bool frees, long bytes, ILogger logger)
        : Write(frees, bytes)
    {
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;
        private RequestException? _refusal;

        public Task<T> Result => _completion.Task;

        public override bool Try(SqliteConnection connection)
        {
            _refusal = null;
            try
            {
                _result = write(connection);
            }
            catch (RequestException exception)
            {
                _refusal = exception;
            }

            return _refusal is null;
        }

        public override void Complete()
        {
            if (_refusal is not null)
            {
                _completion.SetException(_refusal);
                return;
            }

            try
            {
                committed?.Invoke(_result!);
                _completion.SetResult(_result!);
            }
            catch (Exception exception)
            {
                _completion.SetResult(_result!);
                ServerLog.AfterCommitFailed(logger, exception);
            }
        }

        public override void Fail(Exception exception) => _completion.TrySetException(exception);
    }
}
