using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Codec.Client.Transport;

namespace Codec.Client;

public sealed partial class ChannelPublisher
{
    /// <summary>Publishes images that the server encodes, as many at once as the window holds.</summary>
    /// <param name="images">
    /// The images; read at most <see cref="CodecClientOptions.MaxInFlight"/> ahead of the results that are taken.
    /// </param>
    /// <param name="cancellationToken">Stops publishing. Images that were sent may still be stored.</param>
    /// <returns>
    /// One result per image, in order; a refused image does not stop the others. An image whose result is not taken counts as sent by
    /// <see cref="SendImageAsync"/>: <see cref="FlushAsync"/> waits for it. Each enumeration publishes again.
    /// </returns>
    /// <exception cref="CodecException">
    /// The publisher ended with this failure before all images were sent. It is thrown after the results of the images that were sent.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// An image or its info is invalid. This exception, and any that <paramref name="images"/> throws, follows the results of the images
    /// before it.
    /// </exception>
    public IAsyncEnumerable<PublishResult> PublishAllAsync(
        IAsyncEnumerable<OutgoingImage> images,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        return AnswerAllAsync(images, cancellationToken);
    }

    private async IAsyncEnumerable<PublishResult> AnswerAllAsync(
        IAsyncEnumerable<OutgoingImage> images,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        long index = 0;
        IAsyncEnumerable<Sent> all = Pump.RunAsync<Sent>(
            _connection.Options.MaxInFlight,
            (writer, token) => SendAllAsync(images, writer, token),
            cancellationToken
        );
        await foreach (Sent sent in all.ConfigureAwait(false))
        {
            Acknowledgement? acknowledgement = null;
            CodecException? error = null;
            try
            {
                acknowledgement = await sent.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (CodecException exception)
            {
                error = exception;
            }

            sent.Observe();
            yield return new PublishResult(index++, acknowledgement, error);
        }
    }

    private async Task SendAllAsync(IAsyncEnumerable<OutgoingImage> images, ChannelWriter<Sent> writer, CancellationToken cancellationToken)
    {
        if (_failure is not null || IsDisposing)
            ThrowEnded();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        try
        {
            await foreach (OutgoingImage image in images.UntilAsync(ended.Token).ConfigureAwait(false))
            {
                ArgumentNullException.ThrowIfNull(image, nameof(images));
                Sent sent = await SendImageAsync(image.Image, image.Info, cancellationToken).ConfigureAwait(false);
                await writer.WriteAsync(sent, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            ThrowEnded();
        }
    }
}
