using Codec.Client.Images;
using Codec.Client.Transport;

namespace Codec.Client;

public sealed partial class CodecClient
{
    /// <summary>Encodes one image on the server.</summary>
    /// <param name="image">The image.</param>
    /// <param name="model">A model reference.</param>
    /// <param name="quality">Index into the model's quantizer steps: 0 is the fewest bytes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="InvalidRequestException">The image or the quality does not fit the model, or the image is larger than the server takes.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public async Task<EncodedImage> EncodeAsync(ImageSource image, string model, int quality, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ModelReference.Parse(model, nameof(model));
        V1.EncodeResponse response = await _connection.CallAsync(
            $"encode with {model}",
            options => _connection.Coding.EncodeAsync(new V1.EncodeRequest { Image = image.Message, Model = model, Quality = quality }, options),
            cancellationToken: cancellationToken).ConfigureAwait(false);
        return response.ToEncodedImage();
    }

    /// <summary>Encodes images on the server as a stream, all with one version; a lost connection is restored and nothing is lost.</summary>
    /// <param name="images">
    /// The images; read ahead by up to <see cref="CodecClientOptions.MaxInFlight"/> and <see cref="CodecClientOptions.MaxInFlightBytes"/>.
    /// </param>
    /// <param name="model">A model reference, resolved with the first image.</param>
    /// <param name="quality">Index into the model's quantizer steps: 0 is the fewest bytes.</param>
    /// <param name="cancellationToken">Ends the stream, with <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The codes in the order of the images; an image that the server refuses does not stop the others. What the images themselves throw is
    /// thrown here too. Each enumeration encodes anew.
    /// </returns>
    /// <exception cref="CodecException">The call failed for good.</exception>
    public IAsyncEnumerable<EncodeResult> EncodeAllAsync(
        IAsyncEnumerable<ImageSource> images, string model, int quality, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ModelReference.Parse(model, nameof(model));
        return Pump.RunAsync<EncodeResult>(
            Options.MaxInFlight,
            async (results, token) =>
            {
                var window = new InFlightWindow<ImageSource>(Options.MaxInFlight, Options.MaxInFlightBytes, _connection.Time);
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
                var exchange = new Exchange<ImageSource, V1.EncodeRequest, V1.EncodeResponse>(
                    _connection, new EncodeTerms(_connection, model, quality, results), window);
                Task coding = exchange.RunAsync(stop.Token);
                Task feeding = FeedAsync(images, window, stop.Token);

                // Whichever fails first ends the other, and its failure is the one that counts.
                Task first = await Task.WhenAny(coding, feeding).ConfigureAwait(false);
                if (!first.IsCompletedSuccessfully || first == coding) await stop.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(coding, feeding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await first.ConfigureAwait(false);
                await coding.ConfigureAwait(false);
            },
            cancellationToken);
    }

    private static async Task FeedAsync(IAsyncEnumerable<ImageSource> images, InFlightWindow<ImageSource> window, CancellationToken cancellationToken)
    {
        await foreach (ImageSource image in images.UntilAsync(cancellationToken).ConfigureAwait(false))
        {
            ArgumentNullException.ThrowIfNull(image, nameof(images));
            await window.AddAsync(image, image.Message.CalculateSize(), cancellationToken).ConfigureAwait(false);
        }

        window.Complete();
    }
}
