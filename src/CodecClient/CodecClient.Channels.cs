using Codec.Client.Channels;
using Codec.Client.Transport;
using Codec.Models;

namespace Codec.Client;

public partial class CodecClient
{
    /// <summary>Creates a channel. A channel that already exists with the same retention is returned unchanged.</summary>
    /// <param name="name">The channel's name: 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.</param>
    /// <param name="retention">Which codes the channel keeps; null keeps all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ArgumentException">The name is invalid, or a bound of the retention is out of range.</exception>
    /// <exception cref="ConflictException">The channel exists with another retention.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual async Task<ChannelInfo> CreateChannelAsync(
        string name,
        ChannelRetention? retention = null,
        CancellationToken cancellationToken = default
    )
    {
        RequireChannel(name, nameof(name));
        retention ??= ChannelRetention.All;
        retention.Validate();
        var request = new V1.CreateChannelRequest { Name = name, Retention = retention.ToMessage() };
        V1.CreateChannelResponse response = await Connection
            .CallAsync(
                $"create the channel {name}",
                options => Connection.Channels.CreateChannelAsync(request, options),
                cancellationToken: cancellationToken
            )
            .ConfigureAwait(false);
        return response.Channel?.ToChannelInfo()
            ?? throw new CorruptDataException("The server's answer has no channel; it may be of another release.");
    }

    /// <summary>Lists the channels, sorted by name.</summary>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<IReadOnlyList<ChannelInfo>> ListChannelsAsync(CancellationToken cancellationToken = default) =>
        Connection.ListAsync(
            "list the channels",
            (page, options) => Connection.Channels.ListChannelsAsync(new V1.ListChannelsRequest { PageToken = page }, options),
            answer => answer.Channels.Select(ChannelMessages.ToChannelInfo),
            answer => answer.NextPageToken,
            cancellationToken
        );

    /// <summary>Returns one channel: what it holds and keeps.</summary>
    /// <param name="name">The channel's name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="NotFoundException">The channel does not exist.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual async Task<ChannelInfo> GetChannelAsync(string name, CancellationToken cancellationToken = default)
    {
        RequireChannel(name, nameof(name));
        V1.GetChannelResponse response = await Connection
            .CallAsync(
                $"read the channel {name}",
                options => Connection.Channels.GetChannelAsync(new V1.GetChannelRequest { Name = name }, options),
                cancellationToken: cancellationToken
            )
            .ConfigureAwait(false);
        return response.Channel?.ToChannelInfo()
            ?? throw new CorruptDataException("The server's answer has no channel; it may be of another release.");
    }

    /// <summary>Deletes a channel and its log; its subscribers end with <see cref="NotFoundException"/>.</summary>
    /// <exception cref="NotFoundException">The channel does not exist.</exception>
    /// <exception cref="CodecException">The call failed; if only the answer was lost, the channel may have been deleted.</exception>
    public virtual Task DeleteChannelAsync(string name, CancellationToken cancellationToken = default)
    {
        RequireChannel(name, nameof(name));
        return Connection.CallAsync(
            $"delete the channel {name}",
            options => Connection.Channels.DeleteChannelAsync(new V1.DeleteChannelRequest { Name = name }, options),
            repeatable: false,
            cancellationToken
        );
    }

    /// <summary>Opens a publisher into a channel.</summary>
    /// <param name="channel">The channel; it must exist already.</param>
    /// <param name="model">A model reference; resolved once, when the publisher opens.</param>
    /// <param name="quality">Index into the model's table of quantizer steps; 0 produces the fewest bytes.</param>
    /// <param name="options">How the publisher sends; null uses the defaults.</param>
    /// <param name="cancellationToken">Stops waiting for the server.</param>
    /// <returns>The publisher; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">
    /// The channel's name or the model reference is invalid, or an option is out of range.
    /// </exception>
    /// <exception cref="NotFoundException">The channel or the model does not exist.</exception>
    /// <exception cref="InvalidRequestException">
    /// The model does not have this quality, or the server allows less than <see cref="PublisherOptions.Effort"/>.
    /// </exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<ChannelPublisher> OpenPublisherAsync(
        string channel,
        string model,
        int quality,
        PublisherOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        RequireChannel(channel, nameof(channel));
        ModelReference.Parse(model);
        RequireQuality(quality);
        options ??= new PublisherOptions();
        options.Validate();
        return ServerPublisher.OpenAsync(Connection, LocalModels, channel, model, quality, options, cancellationToken);
    }

    /// <summary>Subscribes to a channel and decodes its images locally; each decoder is downloaded once.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="options">
    /// What to receive, and how. A <see cref="SubscribeFrom"/> converts to options that only set the start. Null starts with the next code
    /// to be published.
    /// </param>
    /// <param name="cancellationToken">Ends the subscription, with <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The images in order, without end; each enumeration is a separate subscription. After a lost connection it resumes at the next
    /// sequence, so no image is repeated or missing. Images are decoded on the thread pool, several in parallel, at most
    /// <see cref="CodecClientOptions.ReadAheadBytes"/> ahead of the consumer.
    /// </returns>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    /// <exception cref="NotFoundException">The channel or the head does not exist, or the channel was deleted.</exception>
    /// <exception cref="SequenceException">
    /// The start is before the log's first code or after its end, or retention dropped codes that the subscription had not received.
    /// </exception>
    /// <exception cref="CorruptDataException">
    /// A code is damaged, its version cannot be loaded, or its image has more pixels than
    /// <see cref="CodecClientOptions.MaxImagePixels"/>. The images before it were delivered;
    /// <see cref="CorruptDataException.NextSequence"/> is the sequence to continue at.
    /// </exception>
    /// <exception cref="UnsupportedModelException">The head is a network that this platform cannot run.</exception>
    /// <exception cref="CodecException">The subscription failed and is not restored.</exception>
    public virtual IAsyncEnumerable<DecodedImage> SubscribeAsync(
        string channel,
        SubscribeOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        SubscribeOptions checkedOptions = RequireSubscription(channel, options);
        (int maxPixels, TimeProvider time) = (Options.MaxImagePixels, Connection.Time);
        IReadAheadSource<Delivery<DecodedImage>> Open(Arrival arrival) => new FrameImages(arrival, checkedOptions.Head, maxPixels, time);
        return new Subscription<DecodedImage>(Connection, LocalModels, channel, checkedOptions, Open).ReadAsync(cancellationToken);
    }

    /// <summary>Subscribes to a channel and returns its frames undecoded, each with the model that decodes it.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="options">
    /// What to receive, and how. A <see cref="SubscribeFrom"/> converts to options that only set the start. Null starts with the next code
    /// to be published.
    /// </param>
    /// <param name="cancellationToken">Ends the subscription, with <see cref="OperationCanceledException"/>.</param>
    /// <returns>The frames in order, without end, each code checked; read ahead and restored as by <see cref="SubscribeAsync"/>.</returns>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    /// <exception cref="CodecException">As for <see cref="SubscribeAsync"/>.</exception>
    public virtual IAsyncEnumerable<ReceivedFrame> SubscribeCodesAsync(
        string channel,
        SubscribeOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        SubscribeOptions checkedOptions = RequireSubscription(channel, options);
        static IReadAheadSource<Delivery<ReceivedFrame>> Open(Arrival arrival) => new FrameParts(arrival);
        return new Subscription<ReceivedFrame>(Connection, LocalModels, channel, checkedOptions, Open).ReadAsync(cancellationToken);
    }

    private static SubscribeOptions RequireSubscription(string channel, SubscribeOptions? options)
    {
        RequireChannel(channel, nameof(channel));
        options ??= new SubscribeOptions();
        options.Validate();
        return options;
    }

    /// <summary>Checks a quality as far as that is possible without the model.</summary>
    private static void RequireQuality(int quality)
    {
        if (quality is < 0 or >= ModelLimits.MaxQualities)
        {
            throw new ArgumentOutOfRangeException(
                nameof(quality),
                $"quality {quality} is out of range; a model has 1 to {ModelLimits.MaxQualities} qualities, from 0 on."
            );
        }
    }

    /// <summary>Checks an effort; the server may allow less.</summary>
    internal static void RequireEffort(int effort)
    {
        if (effort is < 0 or > CodecModel.MaxEffort)
        {
            throw new ArgumentOutOfRangeException(
                nameof(effort),
                $"effort {effort} is out of range; allowed are 0 to {CodecModel.MaxEffort}."
            );
        }
    }

    private static void RequireChannel(string name, string parameter) => RequireName(name, "channel", parameter);

    private static void RequireName(string name, string kind, string parameter)
    {
        ArgumentNullException.ThrowIfNull(name, parameter);
        if (!ModelLimits.IsName(name))
        {
            throw new ArgumentException(
                $"'{name}' is not a {kind}'s name: 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.",
                parameter
            );
        }
    }
}
