using Codec.Client.Transport;

namespace Codec.Client.Channels;

/// <summary>Commits a consumer's position once per interval if it changed, and once more at the end.</summary>
internal sealed class AutoCommit : IAsyncDisposable
{
    /// <summary>Timeout of the last commit, so that the end of an enumeration does not wait for an unreachable server.</summary>
    private static readonly TimeSpan LastCommitTimeout = TimeSpan.FromSeconds(5);

    private readonly ServiceConnection _connection;
    private readonly string _channel;
    private readonly string _consumer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private long _next;
    private long _committed;

    private AutoCommit(ServiceConnection connection, string channel, string consumer, TimeSpan interval)
    {
        (_connection, _channel, _consumer) = (connection, channel, consumer);
        _running = RunAsync(interval);
    }

    /// <summary>Starts the commits if the options enable them; otherwise returns null.</summary>
    public static AutoCommit? Start(ServiceConnection connection, string channel, SubscribeOptions options) =>
        options is { Consumer: { } consumer, AutoCommitInterval: { } interval }
            ? new AutoCommit(connection, channel, consumer, interval)
            : null;

    /// <summary>Records that every code before this sequence was processed.</summary>
    public void MoveTo(long next) => Volatile.Write(ref _next, next);

    /// <summary>Commits the last position, within a bounded time.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        using var timeout = new CancellationTokenSource(LastCommitTimeout, _connection.Time);
        await CommitAsync(timeout.Token).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, _connection.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
                await CommitAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested) { }
    }

    private async Task CommitAsync(CancellationToken cancellationToken)
    {
        long next = Volatile.Read(ref _next);
        if (next == _committed)
            return;
        try
        {
            await ConsumerMessages
                .CommitAsync(_connection, _channel, _consumer, next, allowRewind: false, cancellationToken)
                .ConfigureAwait(false);
            _committed = next;
        }
        catch (Exception exception)
            when (exception is CodecException or ObjectDisposedException
                || (exception is OperationCanceledException && _running.IsCompleted)
            )
        {
            // The next commit includes this one; without one, the codes are delivered again.
            ClientLog.NotCommitted(_connection.Log, _channel, _consumer, next, exception.Message);
        }
    }
}
