using System.Runtime.ExceptionServices;
using Codec.Client.Channels;
using Codec.Client.Models;
using Codec.Client.Transport;
using Google.Protobuf;

namespace Codec.Client;

/// <summary>
/// Publishes images, codes or frames into a channel, in the order of the calls. What was sent is sent again after a lost connection until it
/// is acknowledged, and stored once.
/// </summary>
/// <remarks>
/// At most <see cref="CodecClientOptions.MaxInFlight"/> images or frames are without an acknowledgement; beyond it, sending waits. A refusal
/// (an image that does not fit, a channel that was deleted) ends the publisher: what was not acknowledged and all later calls fail with it.
/// Safe for use by many threads at once.
/// </remarks>
public sealed partial class ChannelPublisher : IAsyncDisposable
{
    private readonly ServiceConnection _connection;
    private readonly ModelSource _models;
    private readonly string _model;
    private readonly PublisherOptions _options;
    private readonly InFlightWindow<Publication> _window;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Held while something is numbered and put into the window, so that the numbers are in the window's order.</summary>
    private readonly SemaphoreSlim _order = new(1, 1);

    private Task _running = Task.CompletedTask;
    private Task _last = Task.CompletedTask;
    private volatile Exception? _failure;
    private long _producerSequence;
    private bool _disposed;

    private ChannelPublisher(ServiceConnection connection, ModelSource models, string channel, string model, int quality, PublisherOptions options)
    {
        (_connection, _models, Channel, _model, Quality, _options) = (connection, models, channel, model, quality, options);
        Producer = options.Producer ?? Guid.NewGuid().ToString("N");
        _window = new InFlightWindow<Publication>(connection.Options.MaxInFlight);
        _lingering = connection.Time.CreateTimer(_ => _ = SendLingeringAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
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
    /// Number of the last image or frame that the channel has of this producer from before: 0 for a new one. A producer that numbers what
    /// it sends from 1 goes on after this one.
    /// </summary>
    public long ResumedAfter { get; private set; }

    /// <summary>Loads the encoder of exactly this publisher's version, for codes made here.</summary>
    /// <returns>The model, shared: never dispose of it.</returns>
    /// <exception cref="CodecException">The call failed.</exception>
    public Task<CodecModel> GetEncoderAsync(CancellationToken cancellationToken = default) =>
        _models.LoadAsync(ModelReference.Pin(_model, Version), ModelManifest.ImageHead, withEncoder: true, cancellationToken);

    /// <summary>Sends an image, to be encoded by the server.</summary>
    /// <param name="image">The image; its bytes are borrowed until it is acknowledged.</param>
    /// <param name="cancellationToken">Stops waiting for room in the window; nothing is sent then.</param>
    /// <returns>Once it is in the window: the task of its acknowledgement.</returns>
    /// <exception cref="CodecException">The publisher has ended with this failure.</exception>
    public Task<Sent> SendImageAsync(ImageSource image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return SendAsync(new V1.PublishRequest { Image = image.Message }, cancellationToken);
    }

    /// <summary>Sends a frame of codes, made with this publisher's version.</summary>
    /// <param name="frame">The frame (docs/format.md); borrowed until it is acknowledged.</param>
    /// <param name="cancellationToken">Stops waiting for room in the window; nothing is sent then.</param>
    /// <returns>Once it is in the window: the task of its acknowledgement.</returns>
    /// <exception cref="ArgumentException">It is not a frame, or is of another version; the codes themselves are checked by the server.</exception>
    /// <exception cref="CodecException">The publisher has ended with this failure.</exception>
    public Task<Sent> SendFrameAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        try
        {
            if (CodeFrame.ReadHeader(frame.Span).Version is { } version && version != Version)
                throw new ArgumentException($"The frame is of the version {version}; this publisher's is {Version}.", nameof(frame));
        }
        catch (InvalidCodeException exception)
        {
            throw new ArgumentException(exception.Message, nameof(frame), exception);
        }

        return SendAsync(new V1.PublishRequest { Frame = UnsafeByteOperations.UnsafeWrap(frame) }, cancellationToken);
    }

    /// <summary>Sends what still waits to fill a frame, and waits until everything sent so far is acknowledged.</summary>
    /// <exception cref="CodecException">The publisher has ended with this failure; what was not acknowledged may or may not be stored.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken = default)
    {
        Task last;
        using (await EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            await SendBatchAsync(cancellationToken).ConfigureAwait(false);
            last = _last;
        }

        // Acknowledgements come in order, so the last one speaks for all.
        await last.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Flushes, for at most <see cref="CodecClientOptions.CallTimeout"/>, and closes. Call <see cref="FlushAsync"/> first to learn of a failure.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        if (_failure is null)
        {
            using Stall stall = _connection.StartStall($"flush to {Channel}", CancellationToken.None);
            try
            {
                await stall.GuardAsync(async token =>
                {
                    await FlushAsync(token).ConfigureAwait(false);
                    _window.Complete();
                    await _running.WaitAsync(token).ConfigureAwait(false);
                    return true;
                }).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is CodecException or ObjectDisposedException)
            {
                ClientLog.PublisherFailed(_connection.Log, Channel, _window.Count, exception);
            }
        }

        _disposed = true;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await _lingering.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    internal static async Task<ChannelPublisher> OpenAsync(
        ServiceConnection connection,
        ModelSource models,
        string channel,
        string model,
        int quality,
        PublisherOptions options,
        CancellationToken cancellationToken)
    {
        var publisher = new ChannelPublisher(connection, models, channel, model, quality, options);
        var terms = new PublishTerms(connection, channel, model, quality, publisher.Producer);
        publisher._running = publisher.RunAsync(terms);
        try
        {
            await Task.WhenAny(terms.Opened, publisher._running).WaitAsync(cancellationToken).ConfigureAwait(false);
            publisher.ThrowIfEnded();
            (publisher.Version, publisher.ResumedAfter) = await terms.Opened.ConfigureAwait(false);
            publisher._producerSequence = publisher.ResumedAfter;
            return publisher;
        }
        catch
        {
            publisher._failure ??= new ObjectDisposedException(nameof(ChannelPublisher));
            await publisher.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Never throws: what ends it is kept for the callers.</summary>
    private async Task RunAsync(PublishTerms terms)
    {
        try
        {
            var exchange = new Exchange<Publication, V1.PublishRequest, V1.PublishResponse>(_connection, terms, _window);
            await exchange.RunAsync(_stop.Token).ConfigureAwait(false);
            _failure = new ObjectDisposedException(nameof(ChannelPublisher));
        }
        catch (Exception exception)
        {
            // Only the publisher itself sets the token, when it is disposed of.
            _failure = exception is OperationCanceledException ? new ObjectDisposedException(nameof(ChannelPublisher)) : exception;
            await _stop.CancelAsync().ConfigureAwait(false);
            IReadOnlyList<Publication> rest = _window.Abandon();
            if (exception is CodecException) ClientLog.PublisherFailed(_connection.Log, Channel, rest.Count, exception);
            foreach (Publication publication in rest) publication.Fail(_failure);
            _batch?.Publication.Fail(_failure);
        }
    }

    private async Task<Sent> SendAsync(V1.PublishRequest request, CancellationToken cancellationToken)
    {
        using (await EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            // Codes that still wait come first: the order of the calls is the order of the channel.
            await SendBatchAsync(cancellationToken).ConfigureAwait(false);
            var publication = new Publication(request);
            await EnqueueAsync(publication, cancellationToken).ConfigureAwait(false);
            return new Sent(publication.Acknowledged);
        }
    }

    /// <summary>Numbers it and puts it into the window; the order is held.</summary>
    private async Task EnqueueAsync(Publication publication, CancellationToken cancellationToken)
    {
        publication.Request.ProducerSequence = _producerSequence + 1;
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        try
        {
            await _window.AddAsync(publication, linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            ThrowIfEnded();
            throw new ObjectDisposedException(nameof(ChannelPublisher));
        }

        _producerSequence++;
        _last = publication.Acknowledged;
        // It may have ended after the room was given and before this was in the window.
        if (_failure is { } failure) publication.Fail(failure);
    }

    private async Task<Turn> EnterAsync(CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        await _order.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(_order);
    }

    private void ThrowIfEnded()
    {
        switch (_failure)
        {
            case null:
                ObjectDisposedException.ThrowIf(_disposed, this);
                break;
            case CodecException failure:
                ExceptionDispatchInfo.Throw(failure);
                break;
            default:
                throw new ObjectDisposedException(nameof(ChannelPublisher));
        }
    }

    /// <summary>One's turn to number and enqueue.</summary>
    private readonly struct Turn(SemaphoreSlim order) : IDisposable
    {
        public void Dispose() => order.Release();
    }
}
