using System.Collections.Concurrent;
using Codec.Client;
using Codec.Client.ImageSharp;
using SixLabors.ImageSharp;

namespace Codec.Samples.CameraBoard;

/// <summary>Keeps the last image of each key of a channel, as a PNG file.</summary>
public sealed class Board(CodecClient client, string channel) : BackgroundService
{
    private readonly ConcurrentDictionary<string, byte[]> _images = new();

    /// <summary>The cameras that have an image.</summary>
    public IEnumerable<string> Cameras => _images.Keys.Order(StringComparer.Ordinal);

    /// <summary>The last image of a camera; null if there is none.</summary>
    public byte[]? Find(string camera) => _images.GetValueOrDefault(camera);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The channel keeps the newest code of each key only; a subscription begins with these.
        var retention = new ChannelRetention { LatestOfEachKey = true };
        await client.CreateChannelAsync(channel, retention, stoppingToken);
        await foreach (DecodedImage image in client.SubscribeAsync(channel, SubscribeFrom.LatestOfEachKey, stoppingToken))
        {
            if (image.Key is not { } camera)
                continue;
            using Image picture = image.ToImage();
            using var png = new MemoryStream();
            await picture.SaveAsPngAsync(png, stoppingToken);
            _images[camera] = png.ToArray();
        }
    }
}
