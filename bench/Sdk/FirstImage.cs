using System.Diagnostics;
using System.Globalization;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Client;

namespace Codec.Bench.Sdk;

/// <summary>
/// The time from the construction of a client to the first image of a subscription: with an empty cache, so that the decoder is downloaded
/// and checked, and with the decoder on disk.
/// </summary>
internal static class FirstImage
{
    private const int Rounds = 15;

    public static async Task<Figure> MeasureAsync(Uri address, FaceChannel faces, string output, CancellationToken cancellationToken)
    {
        string cache = Path.Combine(output, "first-image-cache");
        var cold = new List<double>();
        var warm = new List<double>();
        for (int round = 0; round < Rounds; round++)
        {
            if (Directory.Exists(cache))
                Directory.Delete(cache, recursive: true);
            cold.Add(await FirstAsync());
            warm.Add(await FirstAsync());
        }

        double median = Quantile.Of(cold, 0.5),
            peer = Quantile.Of(warm, 0.5);
        return new Figure(
            "sdk.first_image_ms",
            median,
            "ms, median",
            string.Create(CultureInfo.InvariantCulture, $"the decoder in the cache on disk: {peer:0.0} ms"),
            median / peer
        );

        async Task<double> FirstAsync()
        {
            long start = Stopwatch.GetTimestamp();
            using var client = new CodecClient(new CodecClientOptions { Address = address, CacheDirectory = cache });
            await foreach (DecodedImage _ in client.SubscribeAsync(faces.Name, SubscribeFrom.Start, cancellationToken))
                return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            throw new BenchException("The subscription ended without an image.");
        }
    }
}
