using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Codec.Client.Channels;
using Codec.Client.Models;
using Codec.Client.Transport;
using Codec.Models;
using Grpc.Core;

namespace Codec.Client;

/// <summary>
/// Publishes images, codes or frames into a channel, in the order of the calls. What was sent is sent again after a lost connection until
/// it
/// is answered, and stored once.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="PublishAsync"/> returns when the image is durable, and <see cref="PublishAllAsync"/> does so for many. The Send methods
/// return as soon as there is room in the window (<see cref="CodecClientOptions.MaxInFlight"/> and
/// <see cref="CodecClientOptions.MaxInFlightBytes"/>), and their answers come later: take <see cref="Sent.Acknowledged"/>, or let
/// <see cref="FlushAsync"/> or <see cref="DisposeAsync"/> report what was not stored.
/// </para>
/// <para>
/// An item that the server refuses (an image that does not fit, a damaged code) fails alone. What concerns the whole publisher ends it (a
/// channel that was deleted, <see cref="ProducerFencedException"/>, no answer within <see cref="PublisherOptions.AcknowledgeTimeout"/>):
/// what was not answered and all later calls fail with it. Safe for use by many threads at once.
/// </para>
/// </remarks>
public sealed partial class ChannelPublisher : IAsyncDisposable
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
    /// Held while something is put into the window, so that the order of the calls is the window's, and codes come before what follows
    /// them.
    /// </summary>
    private readonly SemaphoreSlim _order = new(1, 1);

    private Task _running = Task.CompletedTask;
    private Task _last = Task.CompletedTask;
    private volatile CodecException? _expired;
    private volatile CodecException? _failure;
    private long _items;
    private bool _disposing;

    private ChannelPublisher(
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
        _terms = new PublishTerms(connection, channel, model, quality, Producer, transient: options.Producer is null);
        _exchange = new Exchange<Publication, V1.PublishRequest, V1.PublishResponse>(connection, _terms, _window);
        _watch = Watch(options.AcknowledgeTimeout, $"{nameof(PublisherOptions)}.{nameof(PublisherOptions.AcknowledgeTimeout)}");
        _lingering = connection.Time.CreateTimer(
            _ => _ = SendWaitingAsync(CancellationToken.None),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>The channel.</summary>
    public string Channel { get; }

    /// <summary>The version that the model resolved to when the publisher was opened; it stays the same.</summary>
    public Digest Version { get; private set; }

    /// <summary>The quality of images that the server encodes and of codes that <see cref="SendCodeAsync"/> takes.</summary>
    public int Quality { get; }

    /// <summary>The producer's name.</summary>
    public string Producer { get; }

    /// <summary>
    /// Number of the last image or frame that the channel has of this producer from before, refused ones included: 0 for a new one. A
    /// producer that numbers what it sends from 1 goes on after this one.
    /// </summary>
    public long ResumedAfter { get; private set; }

    /// <summary>Loads the encoder of exactly this publisher's version, for codes made here.</summary>
    /// <returns>The model, shared: never dispose of it.</returns>
    /// <exception cref="CodecException">The call failed.</exception>
    public Task<CodecModel> GetEncoderAsync(CancellationToken cancellationToken = default) =>
        _models.LoadAsync(ModelMessages.Pin(_model, Version), ModelManifest.ImageHead, withEncoder: true, cancellationToken);

    /// <summary>
    /// Sends what still waits to fill a frame, waits until everything sent so far is answered, and reports what was not stored.
    /// </summary>
    /// <remarks>
    /// It reports each failure that the caller did not learn of otherwise, once; after refusals the publisher goes on. It ends within
    /// <see cref="PublisherOptions.AcknowledgeTimeout"/> after the last answer.
    /// </remarks>
    /// <exception cref="CodecException">One item was refused: its refusal. Or the publisher has ended with this failure; what was not
    /// acknowledged may or may not be stored.</exception>
    /// <exception cref="UnacknowledgedItemsException">
    /// Several items were not stored; where they share the reason, as the codes of a frame do, it is the inner exception.
    /// </exception>
    public async Task FlushAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposing, this);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        ThrowUnreported();
        if (_failure is not null)
            ThrowEnded();
    }

    /// <summary>Flushes, and closes. A second call does nothing.</summary>
    /// <remarks>
    /// It reports what was not stored as <see cref="FlushAsync"/> does, and like it only what the caller did not learn of. It gives up
    /// after <see cref="CodecClientOptions.CallTimeout"/> without an answer, or earlier, after
    /// <see cref="PublisherOptions.AcknowledgeTimeout"/>. Where the body of an <c>await using</c> throws, an exception from here takes the
    /// place of that one, as C# has it: call <see cref="FlushAsync"/> in the body to learn of both.
    /// </remarks>
    /// <exception cref="CodecException">An item was not stored: why, or <see cref="UnacknowledgedItemsException"/> for several.</exception>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposing, true))
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

            // Everything is answered; the server is only left to end the call, and to forget a transient producer.
            _window.Complete();
            if (_exchange.Stands)
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

    internal static async Task<ChannelPublisher> OpenAsync(
        ServiceConnection connection,
        ModelSource models,
        string channel,
        string model,
        int quality,
        PublisherOptions options,
        CancellationToken cancellationToken
    )
    {
        var publisher = new ChannelPublisher(connection, models, channel, model, quality, options);
        publisher._running = publisher.RunAsync();
        try
        {
            await Task.WhenAny(publisher._terms.Opened, publisher._running).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (publisher._failure is not null)
                publisher.ThrowEnded();
            (publisher.Version, publisher.ResumedAfter) = await publisher._terms.Opened.ConfigureAwait(false);
            return publisher;
        }
        catch
        {
            publisher._disposing = true;
            await publisher.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Never throws: what ends it is kept for the callers.</summary>
    private async Task RunAsync()
    {
        try
        {
            await _exchange.RunAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested && _expired is null)
        {
            // The publisher is closed, which only happens when nothing is unanswered.
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
                                $"The client was disposed of before the publisher into {Channel}; what was not acknowledged may or may not be stored.",
                                exception
                            ),
                            _ => new ServerException(StatusCode.Internal, $"Publishing to {Channel} ended: {exception.Message}", exception),
                        }
                )
                .ConfigureAwait(false);
        }
    }

    /// <summary>Fails everything that is not answered, and lets nothing more in.</summary>
    private async Task EndAsync(CodecException failure)
    {
        _failure = failure;
        IReadOnlyList<Publication> rest = _window.Abandon();
        // A publisher that never opened throws instead: logging it as well would tell of one failure twice.
        if (_terms.Opened.IsCompletedSuccessfully)
            ClientLog.PublisherFailed(_connection.Log, Channel, rest.Count, failure);
        foreach (Publication publication in rest)
            publication.Lose(failure);
        await _stop.CancelAsync().ConfigureAwait(false);

        // The holder of the order waits for the window at most, which is abandoned above.
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

    /// <summary>Sends the codes that wait, and waits until everything is answered or lost. Throws only for the token.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        // Answers come in order, so the last one speaks for all.
        Task last = await SendWaitingAsync(cancellationToken).ConfigureAwait(false);
        await last.WaitAsync(cancellationToken).ConfigureAwait(false);

        // The end may still be at work on the codes that waited for their frame.
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
                _expired ??= new UnavailableException(
                    StatusCode.DeadlineExceeded,
                    $"Could not publish to {Channel}: {_connection.Options.Address} did not answer within {timeout.TotalSeconds:0.###} s "
                        + $"({option}); {_window.Count} images or frames are not acknowledged, and may or may not be stored. "
                        + _exchange.DescribeLastFailure(),
                    _exchange.LastFailure
                );
                _ = _stop.CancelAsync();
            }
        );

    private void ThrowUnreported()
    {
        if (_ledger.Take() is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Says why nothing can be sent any more.</summary>
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
