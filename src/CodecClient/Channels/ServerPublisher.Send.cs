using Codec.Client.Telemetry;
using Codec.Errors;
using Codec.Frames;
using Google.Protobuf;

namespace Codec.Client.Channels;

internal sealed partial class ServerPublisher
{
    /// <inheritdoc/>
    public override async Task<Acknowledgement> PublishAsync(
        ImageSource image,
        CodeInfo? info = null,
        CancellationToken cancellationToken = default
    )
    {
        Sent sent = await SendImageAsync(image, info, cancellationToken).ConfigureAwait(false);
        try
        {
            return await sent.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (CodecException exception)
        {
            sent.Observe();
            if (exception == _failure)
                _ledger.ReportEnd(exception);
            throw;
        }
    }

    /// <inheritdoc/>
    public override Task<Sent> SendImageAsync(ImageSource image, CodeInfo? info = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return SendAsync(new V1.PublishRequest { Image = image.Message, Info = info.ToMessage() }, codes: 1, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task<Sent> SendFrameAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        ByteString copy = ByteString.CopyFrom(frame.Span);
        try
        {
            FrameHeader header = CodeFrame.ReadHeader(copy.Span);
            if (header.Version is { } version && version != Version)
                throw new ArgumentException($"The frame is of the version {version}; this publisher's is {Version}.", nameof(frame));
            return SendAsync(new V1.PublishRequest { Frame = copy }, header.Count, cancellationToken);
        }
        catch (InvalidCodeException exception)
        {
            throw new ArgumentException(exception.Message, nameof(frame), exception);
        }
    }

    private async Task<Sent> SendAsync(V1.PublishRequest request, int codes, CancellationToken cancellationToken)
    {
        using (await EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            // Waiting codes go first, so that the order of the calls is the order of the channel.
            if (!await TrySendBatchAsync(cancellationToken).ConfigureAwait(false))
                ThrowEnded();
            var sent = new Sent(_items, _ledger);
            if (!await TryEnqueueAsync(new Publication(request, codes, [sent]), cancellationToken).ConfigureAwait(false))
                ThrowEnded();
            _items++;
            return sent;
        }
    }

    /// <summary>Puts a message into the window; the caller holds <c>_order</c>. False if the publisher has ended.</summary>
    private async Task<bool> TryEnqueueAsync(Publication publication, CancellationToken cancellationToken)
    {
        publication.Measure(Channel);
        bool added = false;
        try
        {
            int bytes = publication.Request.CalculateSize();
            added = await _window.AddAsync(publication, bytes, cancellationToken).ConfigureAwait(false);
            if (!added)
                return false;
            ClientMeter.Published(Channel, publication.Items);
            _last = publication.Answered;
            return true;
        }
        finally
        {
            if (!added)
                publication.DropMeasurement();
        }
    }

    /// <summary>Waits for the turn to put something into the window.</summary>
    /// <exception cref="CodecException">The publisher ended with this failure.</exception>
    /// <exception cref="ObjectDisposedException">The publisher was disposed.</exception>
    private async Task<Turn> EnterAsync(CancellationToken cancellationToken)
    {
        Turn turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        if (_failure is not null || IsDisposing)
        {
            turn.Dispose();
            ThrowEnded();
        }

        return turn;
    }

    private async Task<Turn> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _order.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(_order);
    }

    /// <summary>The turn to put something into the window; disposing it passes the turn on.</summary>
    private readonly struct Turn(SemaphoreSlim order) : IDisposable
    {
        public void Dispose() => order.Release();
    }
}
