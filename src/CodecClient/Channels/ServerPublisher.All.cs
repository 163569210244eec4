using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Codec.Client.Transport;

namespace Codec.Client.Channels;

internal sealed partial class ServerPublisher
{
    /// <inheritdoc/>
    public override IAsyncEnumerable<PublishResult> PublishAllAsync(
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
