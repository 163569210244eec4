using Codec.Client.Images;
using Codec.Client.Transport;
using Codec.Models;

namespace Codec.Client;

public partial class CodecClient
{
    /// <summary>Encodes one image on the server.</summary>
    /// <param name="image">The image.</param>
    /// <param name="model">A model reference: <c>faces-32</c>, <c>faces-32@canary</c> or <c>faces-32@sha256:…</c>.</param>
    /// <param name="quality">Index into the model's table of quantizer steps; 0 produces the fewest bytes.</param>
    /// <param name="effort">As <see cref="PublisherOptions.Effort"/>, 0 to <see cref="CodecModel.MaxEffort"/>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The code, and the version that encoded it.</returns>
    /// <exception cref="ArgumentException">
    /// The model reference is invalid, <paramref name="quality"/> is negative, or <paramref name="effort"/> is out of range.
    /// </exception>
    /// <exception cref="InvalidRequestException">
    /// The image or the quality does not fit the model, the effort is above the server's largest, or the image is larger than the server
    /// accepts.
    /// </exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual async Task<EncodedImage> EncodeAsync(
        ImageSource image,
        string model,
        int quality,
        int effort = 0,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(image);
        RequireQuality(quality);
        RequireEffort(effort);
        ModelReference.Parse(model);
        V1.EncodeResponse response = await Connection
            .CallAsync(
                $"encode with {model}",
                options =>
                    Connection.Coding.EncodeAsync(
                        new V1.EncodeRequest
                        {
                            Image = image.Message,
                            Model = model,
                            Quality = quality,
                            Effort = effort,
                        },
                        options
                    ),
                cancellationToken: cancellationToken
            )
            .ConfigureAwait(false);
        return response.ToEncodedImage();
    }

    /// <summary>Encodes one image on the server, with effort 0.</summary>
    /// <inheritdoc cref="EncodeAsync(ImageSource, string, int, int, CancellationToken)"/>
    public Task<EncodedImage> EncodeAsync(ImageSource image, string model, int quality, CancellationToken cancellationToken) =>
        EncodeAsync(image, model, quality, effort: 0, cancellationToken);

    /// <summary>
    /// Encodes a sequence of images on the server, all with one version. A lost connection is restored, and no image is lost.
    /// </summary>
    /// <param name="images">
    /// The images; read ahead within <see cref="CodecClientOptions.MaxInFlight"/> and <see cref="CodecClientOptions.MaxInFlightBytes"/>.
    /// </param>
    /// <param name="model">A model reference; resolved with the first image.</param>
    /// <param name="quality">Index into the model's table of quantizer steps; 0 produces the fewest bytes.</param>
    /// <param name="effort">As <see cref="PublisherOptions.Effort"/>, 0 to <see cref="CodecModel.MaxEffort"/>.</param>
    /// <param name="cancellationToken">Ends the stream, with <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// One result per image, in order; an image that the server refuses does not stop the others. An exception that
    /// <paramref name="images"/> throws is rethrown. Each enumeration encodes again.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The model reference is invalid, <paramref name="quality"/> is negative, or <paramref name="effort"/> is out of range.
    /// </exception>
    /// <exception cref="UnavailableException">
    /// An image had no answer for <see cref="CodecClientOptions.CallTimeout"/>, connected or not. Time during which the consumer does not
    /// take results does not count.
    /// </exception>
    /// <exception cref="CodecException">The stream failed and is not restored.</exception>
    public virtual IAsyncEnumerable<EncodeResult> EncodeAllAsync(
        IAsyncEnumerable<ImageSource> images,
        string model,
        int quality,
        int effort = 0,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        RequireQuality(quality);
        RequireEffort(effort);
        ModelReference.Parse(model);
        return Pump.RunAsync<EncodeResult>(
            Options.MaxInFlight,
            (results, token) => new EncodeStream(Connection, model, quality, effort).RunAsync(images, results, token),
            cancellationToken
        );
    }

    /// <summary>Encodes a sequence of images on the server, with effort 0.</summary>
    /// <inheritdoc cref="EncodeAllAsync(IAsyncEnumerable{ImageSource}, string, int, int, CancellationToken)"/>
    public IAsyncEnumerable<EncodeResult> EncodeAllAsync(
        IAsyncEnumerable<ImageSource> images,
        string model,
        int quality,
        CancellationToken cancellationToken
    ) => EncodeAllAsync(images, model, quality, effort: 0, cancellationToken);
}
