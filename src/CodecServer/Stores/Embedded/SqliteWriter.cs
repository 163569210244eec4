using System.Threading.Channels;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>The only writer of a database: a bounded queue with group commit.</summary>
/// <remarks>
/// The writes that arrive while a commit syncs share the next commit and its sync, so that a write waits for at most one commit before its
/// own. A write that fails is undone alone. If a whole commit fails (a full disk), each of its writes is retried in a commit of its own, so
/// that one that is too large does not fail the others. Only disposing the writer ends its loop, so every write that has a place in the
/// queue is answered.
/// </remarks>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private readonly Channel<Write> _queue;
    private readonly PreparingConnection _connection;
    private readonly ILogger _logger;
    private readonly int _maxGroup;
    private readonly Task _loop;

    /// <summary>Starts the writer.</summary>
    /// <param name="database">The database; nothing else may write to it.</param>
    /// <param name="queueLength">Number of writes that may wait; further callers wait for a place.</param>
    /// <param name="logger">Receives the failures that reach no caller.</param>
    public SqliteWriter(SqliteDatabase database, int queueLength, ILogger logger)
    {
        _logger = logger;
        _maxGroup = queueLength;
        _queue = Channel.CreateBounded<Write>(new BoundedChannelOptions(queueLength) { SingleReader = true });
        _connection = database.OpenForWriting();
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Runs a write in the next commit; writes run in the order of the calls.</summary>
    /// <param name="write">The write. An exception undoes it and reaches the caller.</param>
    /// <param name="committed">
    /// Runs after the commit, in the order of the writes, before any later write. The write is durable by then: an exception is only
    /// logged, and the caller gets the result.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for a place in the queue; a write that has a place is carried out.</param>
    /// <returns>The write's result, once it is durable.</returns>
    /// <exception cref="RequestException">ResourceExhausted: the disk is full. Unavailable: the store is closed.</exception>
    public async Task<T> RunAsync<T>(Func<SqliteConnection, T> write, Action<T>? committed, CancellationToken cancellationToken)
    {
        var item = new Write<T>(write, committed, _logger);
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

    /// <summary>Carries out the waiting writes, then closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        await _connection.DisposeAsync();
    }

    private async Task RunAsync()
    {
        var group = new List<Write>(_maxGroup);
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (group.Count < _maxGroup && _queue.Reader.TryRead(out Write? write))
                group.Add(write);

            try
            {
                Run(group);
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

    private void Run(List<Write> group)
    {
        if (Commit(group) is { } failure)
        {
            foreach (Write write in group)
            {
                if ((group.Count == 1 ? failure : Commit([write])) is { } alone)
                    write.Fail(DiskFull.IsCauseOf(alone) ? DiskFull.ToRequestException(alone) : alone);
            }
        }
    }

    /// <summary>Commits a group and completes its writes; returns the failure of the whole commit, after undoing it.</summary>
    private Exception? Commit(IReadOnlyList<Write> group)
    {
        try
        {
            using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
            foreach (Write write in group)
            {
                _connection.Execute("SAVEPOINT write");
                if (!write.Try(_connection))
                    _connection.Execute("ROLLBACK TO write");

                _connection.Execute("RELEASE write");
            }

            transaction.Commit();
        }
        catch (Exception exception)
        {
            return exception;
        }

        foreach (Write write in group)
            write.Complete();

        return null;
    }

    private abstract class Write
    {
        /// <summary>Runs the write; returns false if the write refused its request. Throws if the database failed.</summary>
        public abstract bool Try(SqliteConnection connection);

        public abstract void Complete();

        /// <summary>Fails the write; does nothing if it was completed.</summary>
        public abstract void Fail(Exception exception);
    }

    private sealed class Write<T>(Func<SqliteConnection, T> write, Action<T>? committed, ILogger logger) : Write
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
