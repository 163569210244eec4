using System.Threading.Channels;
using Codec.Client.Transport;

namespace Codec.Client.Images;

/// <summary>Encodes a sequence of images on the server: sends them, receives the answers, and fails if none arrives in time.</summary>
internal sealed class EncodeStream(ServiceConnection connection, string model, int quality, int effort)
{
    private readonly InFlightWindow<ImageSource> _window = new(
        connection.Options.MaxInFlight,
        connection.Options.MaxInFlightBytes,
        connection.Time
    );

    /// <summary>Writes the result of each image, in order, until all images are answered.</summary>
    public async Task RunAsync(
        IAsyncEnumerable<ImageSource> images,
        ChannelWriter<EncodeResult> results,
        CancellationToken cancellationToken
    )
    {
        TimeSpan timeout = connection.Options.CallTimeout;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        UnavailableException? late = null;
        var terms = new EncodeTerms(connection, model, quality, effort, results);
        var exchange = new Exchange<ImageSource, V1.EncodeRequest, V1.EncodeResponse>(connection, terms, _window);
        var watch = new AnswerWatch<ImageSource>(
            _window,
            timeout,
            connection.Time,
            () =>
            {
                late = exchange.Unanswered(timeout, nameof(CodecClientOptions.CallTimeout));
                _ = stop.CancelAsync();
            }
        );
        try
        {
            await using (watch.ConfigureAwait(false))
            {
                Task coding = exchange.RunAsync(stop.Token);
                Task feeding = FeedAsync(images, stop.Token);

                // The first failure ends the other task and is the one thrown.
                Task first = await Task.WhenAny(coding, feeding).ConfigureAwait(false);
                if (!first.IsCompletedSuccessfully || first == coding)
                    await stop.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(coding, feeding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (late is not null && !coding.IsCompletedSuccessfully)
                    throw late;
                await first.ConfigureAwait(false);
                await coding.ConfigureAwait(false);
            }
        }
        finally
        {
            // Images that were not answered are no longer in flight.
            _window.Abandon();
        }
    }

    private async Task FeedAsync(IAsyncEnumerable<ImageSource> images, CancellationToken cancellationToken)
    {
        await foreach (ImageSource image in images.UntilAsync(cancellationToken).ConfigureAwait(false))
        {
            ArgumentNullException.ThrowIfNull(image, nameof(images));
            await _window.AddAsync(image, image.Message.CalculateSize(), cancellationToken).ConfigureAwait(false);
        }

        _window.Complete();
    }
}
