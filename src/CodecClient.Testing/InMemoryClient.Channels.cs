using System.Runtime.CompilerServices;
using Codec.Frames;
using Codec.Images;
using Codec.Models;

namespace Codec.Client.Testing;

public partial class InMemoryClient
{
    /// <inheritdoc/>
    public override Task<ChannelInfo> CreateChannelAsync(
        string name,
        ChannelRetention? retention = null,
        CancellationToken cancellationToken = default
    )
    {
        if (!ModelLimits.IsName(name))
        {
            throw new ArgumentException(
                $"'{name}' is no name: 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.",
                nameof(name)
            );
        }
        return Run(() => server.CreateChannel(name, retention ?? ChannelRetention.All));
    }

    /// <inheritdoc/>
    public override Task<IReadOnlyList<ChannelInfo>> ListChannelsAsync(CancellationToken cancellationToken = default) =>
        Run(server.ListChannels);

    /// <inheritdoc/>
    public override Task DeleteChannelAsync(string name, CancellationToken cancellationToken = default) =>
        Run(() =>
        {
            server.DeleteChannel(name);
            return true;
        });

    /// <inheritdoc/>
    public override Task<ChannelPublisher> OpenPublisherAsync(
        string channel,
        string model,
        int quality,
        PublisherOptions? options = null,
        CancellationToken cancellationToken = default
    ) =>
        Run<ChannelPublisher>(() =>
        {
            options ??= new PublisherOptions();
            options.Validate();
            server.GetChannel(channel);
            InMemoryModels.Version version = server.Models.Get(model);
            int qualities = version.Package.Manifest.Qualities.Count;
            return quality >= 0 && quality < qualities
                ? new InMemoryPublisher(server, channel, version, quality, options)
                : throw new InvalidRequestException(
                    Grpc.Core.StatusCode.InvalidArgument,
                    $"quality {quality} is out of range; {version.Info.Model} has 0 to {qualities - 1}."
                );
        });

    /// <inheritdoc/>
    public override async IAsyncEnumerable<DecodedImage> SubscribeAsync(
        string channel,
        SubscribeOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        options ??= new SubscribeOptions();
        await foreach (StoredCode stored in ReadAsync(channel, options, cancellationToken).ConfigureAwait(false))
        {
            CodecModel model = stored.Version.Model;
            if (!model.Heads.Contains(options.Head))
                throw new NotFoundException($"{model.Manifest.Name} has no head {options.Head}.");
            Raster image = model.Decode(stored.Code, stored.Quality, options.Head);
            yield return new DecodedImage(
                stored.Sequence,
                model.Manifest.Name,
                model.Version,
                stored.Quality,
                image.Width,
                image.Height,
                image.Channels,
                image.Samples
            )
            {
                Info = stored.InfoFor(options),
            };
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ReceivedFrame> SubscribeCodesAsync(
        string channel,
        SubscribeOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        options ??= new SubscribeOptions();
        await foreach (StoredCode stored in ReadAsync(channel, options, cancellationToken).ConfigureAwait(false))
        {
            ReadOnlyMemory<byte> code = stored.Code.ToArray();
            var info = new FrameInfo([stored.InfoFor(options)]);
            byte[] frame = CodeFrame.Write(stored.Quality, [code], info: info);
            yield return new ReceivedFrame([stored.Sequence], stored.Version.Model, stored.Quality, [code], info, frame);
        }
    }

    /// <inheritdoc/>
    public override Task<ConsumerInfo> CommitAsync(
        string channel,
        string consumer,
        long sequence,
        CancellationToken cancellationToken = default
    ) => Run(() => server.GetChannel(channel).Move(consumer, sequence + 1, allowRewind: false));

    /// <inheritdoc/>
    public override Task<ConsumerInfo> SeekConsumerAsync(
        string channel,
        string consumer,
        long nextSequence,
        CancellationToken cancellationToken = default
    ) => Run(() => server.GetChannel(channel).Move(consumer, nextSequence, allowRewind: true));

    /// <inheritdoc/>
    public override Task<IReadOnlyList<ConsumerInfo>> ListConsumersAsync(string channel, CancellationToken cancellationToken = default) =>
        Run(() => server.GetChannel(channel).ListConsumers());

    /// <inheritdoc/>
    public override Task DeleteConsumerAsync(string channel, string consumer, CancellationToken cancellationToken = default) =>
        Run(() =>
        {
            server.GetChannel(channel).DeleteConsumer(consumer);
            return true;
        });

    /// <summary>Reads codes without end; commits each one when the next is requested, if the options ask for commits.</summary>
    private async IAsyncEnumerable<StoredCode> ReadAsync(
        string name,
        SubscribeOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        InMemoryChannel channel = server.GetChannel(name);
        (long next, IReadOnlyList<StoredCode> latest) = channel.Begin(options);
        foreach (StoredCode code in latest.Where(code => code.Passes(options)))
            yield return code;
        while (true)
        {
            StoredCode code = await channel.NextAsync(next, cancellationToken).ConfigureAwait(false);
            if (code.Passes(options))
                yield return code;
            next = code.Sequence + 1;
            if (options is { Consumer: { } consumer, AutoCommitInterval: not null })
                channel.Move(consumer, next, allowRewind: false);
        }
    }
}
