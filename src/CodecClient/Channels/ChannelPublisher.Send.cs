using Codec.Client.Channels;
using Codec.Errors;
using Codec.Frames;
using Google.Protobuf;

namespace Codec.Client;

public sealed partial class ChannelPublisher
{
    /// <summary>Publishes an image that the server encodes, and returns when its code is durable.</summary>
    /// <param name="image">The image.</param>
    /// <param name="info">The image's key, time of capture and headers; null for none.</param>
    /// <param name="cancellationToken">Stops waiting. An image that was sent may still be stored.</param>
    /// <returns>The sequence of its code.</returns>
    /// <exception cref="ArgumentException">A value of the info is out of range; nothing is sent.</exception>
    /// <exception cref="InvalidRequestException">
    /// The server refused the image: it does not fit the model, or is not an image. The publisher continues.
    /// </exception>
    /// <exception cref="CodecException">The image was refused for another reason, or the publisher ended with this failure.</exception>
    public async Task<Acknowledgement> PublishAsync(ImageSource image, CodeInfo? info = null, CancellationToken cancellationToken = default)
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

    /// <summary>Sends an image that the server encodes, without waiting for the answer.</summary>
    /// <param name="image">The image.</param>
    /// <param name="info">The image's key, time of capture and headers; null for none.</param>
    /// <param name="cancellationToken">Stops waiting for room in the window; nothing is sent.</param>
    /// <returns>The sent item, as soon as it is in the window.</returns>
    /// <exception cref="ArgumentException">A value of the info is out of range; nothing is sent.</exception>
    /// <exception cref="CodecException">The publisher ended with this failure.</exception>
    public Task<Sent> SendImageAsync(ImageSource image, CodeInfo? info = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return SendAsync(new V1.PublishRequest { Image = image.Message, Info = info.ToMessage() }, codes: 1, cancellationToken);
    }

    /// <summary>
    /// Sends a frame of codes that were encoded with this publisher's version; it may contain keys, times of capture and headers.
    /// </summary>
    /// <param name="frame">The frame (docs/format.md); copied. The server stores or refuses it as a whole.</param>
    /// <param name="cancellationToken">Stops waiting for room in the window; nothing is sent.</param>
    /// <returns>The sent item, as soon as it is in the window.</returns>
    /// <exception cref="ArgumentException">
    /// It is not a frame, or is of another version. The server checks the codes themselves.
    /// </exception>
    /// <exception cref="CodecException">The publisher ended with this failure.</exception>
    public Task<Sent> SendFrameAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
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
        int bytes = publication.Request.CalculateSize();
        if (!await _window.AddAsync(publication, bytes, cancellationToken).ConfigureAwait(false))
            return false;
        _last = publication.Answered;
        return true;
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
