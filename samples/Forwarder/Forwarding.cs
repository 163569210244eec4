using Codec.Client;
using Codec.Models;
using Microsoft.Extensions.Hosting;

namespace Codec.Samples.Forwarder;

/// <summary>
/// Forwards a channel. The source keeps the position, so that a restart continues after the last frame that the target has acknowledged.
/// </summary>
/// <param name="source">The server to read from.</param>
/// <param name="target">The server to write to; it gets the models of the codes too.</param>
/// <param name="channel">The channel on both.</param>
public sealed class Forwarding(CodecClient source, CodecClient target, string channel) : BackgroundService
{
    private const string Consumer = "forwarder";

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await target.CreateChannelAsync(channel, cancellationToken: stoppingToken);
        ChannelPublisher? publisher = null;
        try
        {
            var options = new SubscribeOptions { From = SubscribeFrom.Start, Consumer = Consumer };
            await foreach (ReceivedFrame frame in source.SubscribeCodesAsync(channel, options, stoppingToken))
            {
                // A publisher has one version and quality: open another where one of them changes.
                if (publisher is null || publisher.Version != frame.Model.Version || publisher.Quality != frame.Quality)
                {
                    if (publisher is not null)
                        await publisher.DisposeAsync();
                    publisher = await OpenAsync(frame, stoppingToken);
                }

                Sent sent = await publisher.SendFrameAsync(frame.Frame, stoppingToken);
                await sent.Acknowledged.WaitAsync(stoppingToken);
                await source.CommitAsync(channel, Consumer, frame.Sequences[^1], stoppingToken);
            }
        }
        finally
        {
            if (publisher is not null)
                await publisher.DisposeAsync();
        }
    }

    /// <summary>Opens a publisher for the version of a frame, which the target may not have yet.</summary>
    private async Task<ChannelPublisher> OpenAsync(ReceivedFrame frame, CancellationToken cancellationToken)
    {
        var version = new ModelReference(frame.Model.Manifest.Name, frame.Model.Version).ToString();
        await target.UploadModelAsync(await source.DownloadModelAsync(version, cancellationToken), null, cancellationToken);
        return await target.OpenPublisherAsync(channel, version, frame.Quality, cancellationToken: cancellationToken);
    }
}
