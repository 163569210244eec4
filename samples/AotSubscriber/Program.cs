using System.Globalization;
using Codec.Client;
using Codec.Models;

// Receives images and prints their sizes and the digests of their pixels: AotSubscriber ADDRESS CHANNEL COUNT
// `dotnet publish samples/AotSubscriber` makes one native file without .NET on the target.
if (args is not [string address, string channel, string count])
{
    Console.Error.WriteLine("AotSubscriber ADDRESS CHANNEL COUNT");
    return 2;
}

int left = int.Parse(count, CultureInfo.InvariantCulture);
using var client = new CodecClient(address);
await foreach (DecodedImage image in client.SubscribeAsync(channel, SubscribeFrom.Start))
{
    Console.WriteLine($"#{image.Sequence} {image.Key} {image.Width}×{image.Height} {Digest.Of(image.Pixels.Span)}");
    if (--left == 0)
        break;
}

return 0;
