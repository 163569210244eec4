using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Codec.Client.Models;
using Codec.Client.Transport;
using Codec.Models;
using Grpc.Core;

namespace Codec.Client.Channels;

/// <summary>Publishes through a stream to the server, which is restored after a lost connection.</summary>
internal sealed partial class ServerPublisher : ChannelPublisher
{
    private readonly ServiceConnection _connection;
    private readonly ModelSource _models;
    private readonly string _model;
    private readonly PublisherOptions _options;
    private readonly InFlightWindow<Publication> _window;
    private readonly Exchange<Publication, V1.PublishRequest, V1.PublishResponse> _exchange;
    private readonly PublishTerms _terms;
    private readonly AnswerWatch<Publication> _watch;
    private readonly FailureLedger _ledger;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Held while something is put into the window: the window keeps the order of the calls, and waiting codes precede later items.
    /// </summary>
    private readonly SemaphoreSlim _order = new(1, 1);

    private Task _running = Task.CompletedTask;
    private Task _last = Task.CompletedTask;
    private volatile CodecException? _expired;
    private volatile CodecException? _failure;
    private OpenedStream _opened;
    private long _items;

    // 1 once disposal has begun.
    private int _disposing;

    private ServerPublisher(
        ServiceConnection connection,
        ModelSource models,
        string channel,
        string model,
        int quality,
        PublisherOptions options
    )
    {
        (_connection, _models, Channel, _model, Quality, _options) = (connection, models, channel, model, quality, options);
        Producer = options.Producer ?? Guid.NewGuid().ToString("N");
        _ledger = new FailureLedger(channel);
        _window = new InFlightWindow<Publication>(connection.Options.MaxInFlight, connection.Options.MaxInFlightBytes, connection.Time);
        _terms = new PublishTerms(connection, channel, model, quality, options.Effort, Producer, transient: options.Producer is null);
        _exchange = new Exchange<Publication, V1.PublishRequest, V1.PublishResponse>(connection, _terms, _window);
        _watch = Watch(options.AcknowledgeTimeout, $"{nameof(PublisherOptions)}.{nameof(PublisherOptions.AcknowledgeTimeout)}");
        _lingering = connection.Time.CreateTimer(
            _ => _ = SendWaitingAsync(CancellationToken.None),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <inheritdoc/>
    public override string Channel { get; }

    /// <inheritdoc/>
    public override Digest Version => _opened.Version;

    /// <inheritdoc/>
    public override int Quality { get; }

    /// <inheritdoc/>
    public override string Producer { get; }

    /// <inheritdoc/>
    public override long ResumedAfter => _opened.LastSequence;

    private bool IsDisposing => Volatile.Read(ref _disposing) != 0;

    /// <inheritdoc/>
    public override Task<CodecModel> GetEncoderAsync(CancellationToken cancellationToken = default) =>
        _models.LoadAsync(ModelMessages.Pin(_model, Version), ModelManifest.ImageHead, withEncoder: true, cancellationToken);

    /// <inheritdoc/>
    public override async Task FlushAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposing, this);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        ThrowUnreported();
        if (_failure is not null)
            ThrowEnded();
    }

    /// <inheritdoc/>
    protected override async ValueTask FinishAsync()
    {
        if (Interlocked.Exchange(ref _disposing, 1) != 0)
        {
            await _closed.Task.ConfigureAwait(false);
            return;
        }

        try
        {
            AnswerWatch<Publication> watch = Watch(
                _connection.Options.CallTimeout,
                $"{nameof(CodecClientOptions)}.{nameof(CodecClientOptions.CallTimeout)}"
            );
            await using (watch.ConfigureAwait(false))
                await SettleAsync(CancellationToken.None).ConfigureAwait(false);

            // Everything is answered. Let the server end the call, so that it forgets a transient producer at once.
            _window.Complete();
            if (_exchange.IsOpen)
            {
                await _running
                    .WaitAsync(_connection.Options.CallTimeout, _connection.Time)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            await CloseAsync().ConfigureAwait(false);
        }

        ThrowUnreported();
    }

    public static async Task<ChannelPublisher> OpenAsync(
        ServiceConnection connection,
        ModelSource models,
        string channel,
        string model,
        int quality,
        PublisherOptions options,
        CancellationToken cancellationToken
    )
    {
        var publisher = new ServerPublisher(connection, models, channel, model, quality, options);
        publisher._running = publisher.RunAsync();
        try
        {
            await Task.WhenAny(publisher._terms.Opened, publisher._running).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (publisher._failure is not null)
                publisher.ThrowEnded();
            publisher._opened = await publisher._terms.Opened.ConfigureAwait(false);
            return publisher;
        }
        catch
        {
            publisher._disposing = 1;
            await publisher.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Never throws: the failure is kept for the callers.</summary>
    private async Task RunAsync()
    {
        try
        {
            await _exchange.RunAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested && _expired is null)
        {
            // The publisher was closed, which only happens when nothing is unanswered.
        }
        catch (Exception exception)
        {
            await EndAsync(
                    _expired
                        ?? exception switch
                        {
                            CodecException known => known,
                            ObjectDisposedException => new UnavailableException(
                                StatusCode.Cancelled,
                                $"The client was disposed before the publisher into {Channel} had ended; "
                                    + "unacknowledged items may or may not be stored.",
                                exception
                            ),
                            _ => new ServerException(StatusCode.Internal, $"Publishing to {Channel} ended: {exception.Message}", exception),
                        }
                )
                .ConfigureAwait(false);
        }
    }

    /// <summary>Fails every unanswered item and closes the window.</summary>
    private async Task EndAsync(CodecException failure)
    {
        _failure = failure;
        IReadOnlyList<Publication> rest = _window.Abandon();
        // A publisher that never opened throws the failure, so it need not be logged too.
        if (_terms.Opened.IsCompletedSuccessfully)
            ClientLog.PublisherFailed(_connection.Log, Channel, rest.Count, failure);
        foreach (Publication publication in rest)
            publication.Lose(failure);
        await _stop.CancelAsync().ConfigureAwait(false);

        // This cannot deadlock: the holder of the order waits only for the window, which is abandoned above.
        using (await TakeTurnAsync(CancellationToken.None).ConfigureAwait(false))
        {
            _batch?.ToPublication().Lose(failure);
            _batch = null;
        }
    }

    private async Task CloseAsync()
    {
        await _watch.DisposeAsync().ConfigureAwait(false);
        await _lingering.DisposeAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
        _closed.SetResult();
    }

    /// <summary>Sends the waiting codes, and waits until every item is answered or lost. Throws only if the token is canceled.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        // Answers come in order, so the last item is answered last.
        Task last = await SendWaitingAsync(cancellationToken).ConfigureAwait(false);
        await last.WaitAsync(cancellationToken).ConfigureAwait(false);

        // The end may still be failing the codes that waited for their frame.
        if (_failure is not null)
            await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private AnswerWatch<Publication> Watch(TimeSpan timeout, string option) =>
        new(
            _window,
            timeout,
            _connection.Time,
            () =>
            {
                string unacknowledged = $"; {_window.Count} images or frames are not acknowledged, and may or may not be stored";
                _expired ??= _exchange.Unanswered(timeout, option, unacknowledged);
                _ = _stop.CancelAsync();
            }
        );

    private void ThrowUnreported()
    {
        if (_ledger.Take() is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Throws the reason why nothing can be sent anymore.</summary>
    [DoesNotReturn]
    private void ThrowEnded()
    {
        ObjectDisposedException.ThrowIf(_connection.Closed.IsCancellationRequested, typeof(CodecClient));
        CodecException? failure = _failure;
        ObjectDisposedException.ThrowIf(failure is null, this);
        _ledger.ReportEnd(failure);
        ExceptionDispatchInfo.Throw(failure);
    }
}
