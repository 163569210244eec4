using Codec.Frames;
using Codec.Models;

namespace Codec.Client;

/// <summary>
/// Publishes images, codes or frames into a channel, in the order of the calls. After a lost connection, unanswered items are sent again;
/// each is stored once.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="PublishAsync"/> returns when the image is durable; <see cref="PublishAllAsync"/> does the same for a sequence. The Send
/// methods return as soon as the window has room (<see cref="CodecClientOptions.MaxInFlight"/> and
/// <see cref="CodecClientOptions.MaxInFlightBytes"/>). Await <see cref="Sent.Acknowledged"/> for the answer, or let
/// <see cref="FlushAsync"/> or <see cref="DisposeAsync"/> report the items that were not stored.
/// </para>
/// <para>
/// An item that the server refuses (an image that does not fit, a damaged code) fails alone. A failure of the whole publisher ends it:
/// unanswered items and all later calls fail with that exception. Examples are a deleted channel, <see cref="ProducerFencedException"/>,
/// and no answer within <see cref="PublisherOptions.AcknowledgeTimeout"/>. Thread-safe.
/// </para>
/// <para>
/// <see cref="CodecClient.OpenPublisherAsync"/> opens one. For unit tests, derive from this class and override the members that the code
/// under test calls; the others throw <see cref="NotSupportedException"/>, except <see cref="FlushAsync"/> and
/// <see cref="DisposeAsync"/>, which do nothing.
/// </para>
/// </remarks>
public abstract class ChannelPublisher : IAsyncDisposable
{
    /// <summary>Creates a publisher that throws in every member that is not overridden.</summary>
    protected ChannelPublisher() { }

    /// <summary>The channel's name.</summary>
    public virtual string Channel => throw Unsupported(nameof(Channel));

    /// <summary>The version that the model reference resolved to when the publisher opened; it does not change.</summary>
    /// <remarks>
    /// Images are encoded with it as long as it exists. If it is deleted by force, and the reference names an alias, the images from then
    /// on are encoded with the version that the alias names; codes that were encoded locally are refused with
    /// <see cref="NotFoundException"/>, because another version would decode them to other pixels.
    /// </remarks>
    public virtual Digest Version => throw Unsupported(nameof(Version));

    /// <summary>The quality of images that the server encodes, and of the codes passed to <see cref="SendCodeAsync"/>.</summary>
    public virtual int Quality => throw Unsupported(nameof(Quality));

    /// <summary>The producer's name.</summary>
    public virtual string Producer => throw Unsupported(nameof(Producer));

    /// <summary>
    /// Number of the last image or frame that the channel has from earlier publishers of this producer, refused ones included; 0 for a new
    /// producer. A producer that numbers its items from 1 continues with the next number.
    /// </summary>
    public virtual long ResumedAfter => throw Unsupported(nameof(ResumedAfter));

    /// <summary>Loads the encoder of this publisher's version, for encoding locally.</summary>
    /// <returns>The model, shared by all callers: never dispose it.</returns>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<CodecModel> GetEncoderAsync(CancellationToken cancellationToken = default) =>
        throw Unsupported(nameof(GetEncoderAsync));

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
    public virtual Task<Acknowledgement> PublishAsync(
        ImageSource image,
        CodeInfo? info = null,
        CancellationToken cancellationToken = default
    ) => throw Unsupported(nameof(PublishAsync));

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
    public virtual IAsyncEnumerable<PublishResult> PublishAllAsync(
        IAsyncEnumerable<OutgoingImage> images,
        CancellationToken cancellationToken = default
    ) => throw Unsupported(nameof(PublishAllAsync));

    /// <summary>Sends an image that the server encodes, without waiting for the answer.</summary>
    /// <param name="image">The image.</param>
    /// <param name="info">The image's key, time of capture and headers; null for none.</param>
    /// <param name="cancellationToken">Stops waiting for room in the window; nothing is sent.</param>
    /// <returns>The sent item, as soon as it is in the window.</returns>
    /// <exception cref="ArgumentException">A value of the info is out of range; nothing is sent.</exception>
    /// <exception cref="CodecException">The publisher ended with this failure.</exception>
    public virtual Task<Sent> SendImageAsync(ImageSource image, CodeInfo? info = null, CancellationToken cancellationToken = default) =>
        throw Unsupported(nameof(SendImageAsync));

    /// <summary>Sends a code that was encoded locally with this publisher's version and quality (<see cref="GetEncoderAsync"/>).</summary>
    /// <param name="code">The code, 1 to <see cref="ModelLimits.MaxCodeBytes"/> bytes; copied.</param>
    /// <param name="info">The code's key, time of capture and headers; null for none.</param>
    /// <param name="cancellationToken">Stops waiting for room in the window; the code is not sent.</param>
    /// <returns>
    /// The sent code, as soon as it is in the window or waits for a frame to fill (<see cref="PublisherOptions.CodesPerFrame"/>). The codes
    /// of a frame are stored or refused together.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The code is empty or too large, or a value of the info is out of range; nothing is sent.
    /// </exception>
    /// <exception cref="CodecException">The publisher ended with this failure.</exception>
    public virtual Task<Sent> SendCodeAsync(
        ReadOnlyMemory<byte> code,
        CodeInfo? info = null,
        CancellationToken cancellationToken = default
    ) => throw Unsupported(nameof(SendCodeAsync));

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
    public virtual Task<Sent> SendFrameAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default) =>
        throw Unsupported(nameof(SendFrameAsync));

    /// <summary>
    /// Sends the codes that wait for a frame to fill, waits until every sent item is answered, and throws if an item was not stored.
    /// </summary>
    /// <remarks>
    /// It reports each failure once, and only failures that the caller has not seen otherwise. After refusals the publisher continues. The
    /// wait ends at the latest <see cref="PublisherOptions.AcknowledgeTimeout"/> after the last answer.
    /// </remarks>
    /// <exception cref="CodecException">
    /// The refusal of the only item that was not stored, or the failure that ended the publisher; after the latter, unacknowledged items
    /// may or may not be stored.
    /// </exception>
    /// <exception cref="UnacknowledgedItemsException">
    /// Several items were not stored. If they share the reason, as the codes of a frame do, it is the inner exception.
    /// </exception>
    public virtual Task FlushAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <summary>Flushes and closes the publisher. A second call only waits for the first.</summary>
    /// <remarks>
    /// Like <see cref="FlushAsync"/>, it reports items that were not stored, and only failures that the caller has not seen. It stops
    /// waiting after <see cref="CodecClientOptions.CallTimeout"/> or <see cref="PublisherOptions.AcknowledgeTimeout"/> without an answer,
    /// whichever is shorter. If the body of an <c>await using</c> throws, C# replaces that exception by one thrown here: call
    /// <see cref="FlushAsync"/> in the body to see both.
    /// </remarks>
    /// <exception cref="CodecException">
    /// The reason why an item was not stored, or <see cref="UnacknowledgedItemsException"/> for several items.
    /// </exception>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return FinishAsync();
    }

    /// <summary>Does the work of <see cref="DisposeAsync"/>; nothing in a fake that does not override it.</summary>
    protected virtual ValueTask FinishAsync() => ValueTask.CompletedTask;

    private NotSupportedException Unsupported(string member) => new($"{GetType().Name} does not override {member}.");
}
