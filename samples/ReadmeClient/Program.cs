using Codec.Client;
using Codec.Frames;

string address = args.Length > 0 ? args[0] : "http://127.0.0.1:5080";
using var client = new CodecClient(address);
await client.CreateChannelAsync("sky");

long first = 0;

// Publish: the server encodes each image with a model that ships with it, and answers when the code is durable.
await using (ChannelPublisher publisher = await client.OpenPublisherAsync("sky", model: "photos", quality: 4))
{
    for (int hour = 6; hour <= 8; hour++)
    {
        Acknowledgement stored = await publisher.PublishAsync(
            Sky(hour),
            new CodeInfo { Key = "roof", CapturedAt = TimeProvider.System.GetUtcNow() }
        );
        if (first == 0)
            first = stored.FirstSequence;
        Console.WriteLine($"published #{stored.FirstSequence}");
    }
}

// Subscribe: codes cross the network; the decoder is fetched once, kept on disk, and runs here.
await foreach (DecodedImage image in client.SubscribeAsync("sky", SubscribeFrom.At(first)))
{
    Console.WriteLine(
        $"received #{image.Sequence} of {image.Info.Key}: {image.Width}×{image.Height}, {image.Pixels.Length} bytes of pixels"
    );
    await File.WriteAllBytesAsync($"sky-{image.Sequence}.ppm", [.. "P6 320 240 255\n"u8, .. image.Pixels.Span]);
    if (image.Sequence == first + 2)
        break;
}

static ImageSource Sky(int hour)
{
    byte[] pixels = new byte[320 * 240 * 3];
    for (int i = 0; i < pixels.Length; i++)
        pixels[i] = (byte)(i / 960 * hour / 16 + i % 3 * 60);
    return ImageSource.FromPixels(pixels, 320, 240);
}
