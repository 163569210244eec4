using System.Globalization;
using Codec.Bench.Peers;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Images;
using Codec.Measurement;
using Spectre.Console;

namespace Codec.Bench.Photos;

/// <summary>Compares our speed with libwebp's and AVIF's at the same SSIMULACRA2, in this process, each on one thread.</summary>
internal static class PhotoSpeed
{
    private const int Images = 6;

    public static IEnumerable<Figure> Measure(IAnsiConsole console, ModelCodec codec, IReadOnlyList<Raster> photographs)
    {
        if (!LibWebp.IsInstalled)
        {
            console.WriteLine("No figures of speed: libwebp.so.7 is not installed (Debian: apt install libwebp7).");
            yield break;
        }

        Raster[] images = [.. photographs.Take(Images)];
        int quality = codec.Qualities[codec.Qualities.Count / 2];
        double score = RatePoint.Measure(codec, images, quality, Judgement.Ssimulacra).Score;
        RatePoint webp = RatePoint.Match(Peer.Webp, images, score, Judgement.Ssimulacra, point => point.Score);
        console.WriteLine(Text($"Speed at quality {quality}, SSIMULACRA2 {score:0.0}; WebP's {webp.Quality}, {webp.Score:0.0}…"));
        RatePoint avif = RatePoint.Match(Peer.Avif, images, score, Judgement.Ssimulacra, point => point.Score);
        byte[][] ours = [.. images.Select(image => codec.Encode(image, quality))];
        byte[][] theirs = [.. images.Select(image => Peer.Webp.Encode(image, webp.Quality))];
        byte[][] avifs = [.. images.Select(image => Peer.Avif.Encode(image, avif.Quality))];
        double megapixels = images.Average(image => image.Width * image.Height) / 1e6;

        yield return Against(
            "photos.decode_vs_webp",
            Race.Run(
                Images,
                () => Each(i => codec.Decode(ours[i])),
                () => Each(i => LibWebp.Decode(theirs[i], images[i].Width, images[i].Height))
            )
        );
        yield return Against(
            "photos.decode_vs_avif",
            Race.Run(Images, () => Each(i => codec.Decode(ours[i])), () => Each(i => Peer.Avif.Decode(avifs[i]))),
            "libvips' AVIF decoder"
        );
        yield return Against(
            "photos.encode_vs_webp",
            Race.Run(Images, () => Each(i => codec.Encode(images[i], quality)), () => Each(i => Peer.Webp.Encode(images[i], webp.Quality)))
        );

        ModelCodec looking = codec.At(PhotosSuite.Effort);
        yield return Against(
            Text($"photos.effort{PhotosSuite.Effort}_encode_vs_webp"),
            Race.Run(
                Images,
                () => Each(i => looking.Encode(images[i], quality)),
                () => Each(i => Peer.Webp.Encode(images[i], webp.Quality))
            )
        );

        void Each(Action<int> action)
        {
            for (int i = 0; i < images.Length; i++)
                action(i);
        }

        // Times are in microseconds an image, so megapixels divided by a time are terapixels a second.
        Figure Against(string name, Race race, string peer = "libwebp") =>
            new(
                name,
                race.TimesFaster,
                "times",
                Text($"{peer} {1e6 * megapixels / race.Peer:0.00} MP/s; ours {1e6 * megapixels / race.Ours:0.00} MP/s"),
                race.TimesFaster
            );
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
