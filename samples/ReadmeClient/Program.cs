using Codec.Client;
using Codec.Client.ImageSharp;
using SixLabors.ImageSharp;

using var client = new CodecClient(args.ElementAtOrDefault(1) ?? "http://127.0.0.1:5080");
await client.CreateChannelAsync("photos");
await using (ChannelPublisher publisher = await client.OpenPublisherAsync("photos", model: "photos", quality: 4))
    await publisher.PublishAsync(ImageSource.FromFile(await File.ReadAllBytesAsync(args[0])));
await foreach (DecodedImage received in client.SubscribeAsync("photos", SubscribeFrom.Last(1)))
{
    using Image picture = received.ToImage();
    await picture.SaveAsPngAsync("received.png");
    break;
}
