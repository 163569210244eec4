using Codec.Client;

string address = args.Length > 0 ? args[0] : "http://127.0.0.1:5080";
using var client = new CodecClient(address);

// Codes cross the network; the decoder is fetched once, kept on disk, and runs here.
await foreach (DecodedImage image in client.SubscribeAsync("faces", SubscribeFrom.Start))
{
    Console.WriteLine($"{image.Model} #{image.Sequence}: {image.Width}×{image.Height}, {image.Pixels.Length} bytes of pixels");
}
