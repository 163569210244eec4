using Codec.Client.Channels;
using Codec.Errors;
using Codec.Frames;
using Google.Protobuf;

namespace Codec.Client;

public sealed partial class ChannelPublisher
{
    /// <summary>Publishes an image, to be encoded by the server; it is durable when this returns.</summary>
    /// <param name="image">The image.</param>
    /// <param name="info">Its key, time of capture and headers; null for none.</param>
    /// <param name="cancellationToken">Stops waiting. An image that was sent may be stored all the same.</param>
    /// <returns>Where it is stored.</returns>
    /// <exception cref="ArgumentException">A value of the info is outside its bounds; nothing is sent.</exception>
    /// <exception cref="InvalidRequestException">
    /// The image was refused: it does not fit the model, or is no image. The publisher goes on.
    /// </exception>
    /// <exception cref="CodecException">The image was refused for another reason, or the publisher has ended with this failure.</exception>
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

    /// <summary>Sends an image, to be encoded by the server.</summary>
    /// <param name="image">The image.</param>
    /// <param name="info">Its key, time of capture and headers; null for none.</param>
    /// <param name="cancellationToken">Stops waiting for room in the window; nothing is sent then.</param>
    /// <returns>Once it is in the window: its acknowledgement to come.</returns>
    /// <exception cref="ArgumentException">A value of the info is outside its bounds; nothing is sent.</exception>
    /// <exception cref="CodecException">The publisher has ended with this failure.</exception>
    public Task<Sent> SendImageAsync(ImageSource image, CodeInfo? info = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return SendAsync(new V1.PublishRequest { Image = image.Message, Info = info.ToMessage() }, codes: 1, cancellationToken);
    }

    /// <summary>Sends a frame of codes, made with this publisher's version; it may hold keys, times of capture and headers.</summary>
    /// <param name="frame">The frame (docs/format.md); copied. It is stored or refused as a whole.</param>
    /// <param name="cancellationToken">Stops waiting for room in the window; nothing is sent then.</param>
    /// <returns>Once it is in the window: its acknowledgement to come.</returns>
    /// <exception cref="ArgumentException">
    /// It is not a frame, or is of another version; the codes themselves are checked by the server.
    /// </exception>
    /// <exception cref="CodecException">The publisher has ended with this failure.</exception>
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
            // Codes that still wait come first: the order of the calls is the order of the channel.
            if (!await TrySendBatchAsync(cancellationToken).ConfigureAwait(false))
                ThrowEnded();
            var sent = new Sent(_items, _ledger);
            if (!await TryEnqueueAsync(new Publication(request, codes, [sent]), cancellationToken).ConfigureAwait(false))
                ThrowEnded();
            _items++;
            return sent;
        }
    }

    /// <summary>Puts it into the window; the order is held. False where the publisher has ended.</summary>
    private async Task<bool> TryEnqueueAsync(Publication publication, CancellationToken cancellationToken)
    {
        int bytes = publication.Request.CalculateSize();
        if (!await _window.AddAsync(publication, bytes, cancellationToken).ConfigureAwait(false))
            return false;
        _last = publication.Answered;
        return true;
    }

    /// <summary>Takes one's turn to send.</summary>
    /// <exception cref="CodecException">The publisher has ended with this failure.</exception>
    /// <exception cref="ObjectDisposedException">The publisher was disposed of.</exception>
    private async Task<Turn> EnterAsync(CancellationToken cancellationToken)
    {
        Turn turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        if (_failure is not null || _disposing)
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

    /// <summary>One's turn to put something into the window.</summary>
    private readonly struct Turn(SemaphoreSlim order) : IDisposable
    {
        public void Dispose() => order.Release();
    }
}
