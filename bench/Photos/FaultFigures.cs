using System.Globalization;
using Codec.Bench.Report;
using Codec.Images;
using Codec.Imaging;
using Codec.Measurement;

namespace Codec.Bench.Photos;

/// <summary>
/// Figures of faults that a mean over photographs hides: smeared edges of colour, and grey pictures that come out tinted.
/// </summary>
internal static class FaultFigures
{
    private const int EdgeQuality = 6;
    private const int Side = 128;
    private const double LeastDecibels = 36;

    // The PSNR that counts for a picture without any error.
    private const double Lossless = 99;

    /// <summary>Measures the worst PSNR over pictures of colour edges and coloured text, and the tint of grey photographs.</summary>
    public static IEnumerable<Figure> Measure(ModelCodec codec, IReadOnlyList<Raster> photographs)
    {
        yield return Worst("photos.edge_worst_db", codec, EdgePictures.All(Side));
        yield return Worst("photos.noisy_edge_worst_db", codec, EdgePictures.Noisy(Side));
        double tint = photographs.AsParallel().AsOrdered().Select(photo => Tint(codec, photo)).Average();
        yield return new Figure("photos.grey_tint", tint, "levels", "mean of max − min over the channels, at quality 0", tint);
    }

    private static Figure Worst(string name, ModelCodec codec, IEnumerable<(string Name, Raster Image)> pictures)
    {
        (string Name, double Decibels)[] edges =
        [
            .. pictures.AsParallel().AsOrdered().Select(picture => (picture.Name, Decibels(codec, picture.Image))),
        ];
        (string worstName, double worst) = edges.MinBy(edge => edge.Decibels);
        string all = string.Join(", ", edges.Select(edge => Text($"{edge.Name} {edge.Decibels:0.0}")));
        return new Figure(name, worst, "dB", $"{all}; worst: {worstName}", worst / LeastDecibels);
    }

    private static double Decibels(ModelCodec codec, Raster picture)
    {
        var psnr = new Psnr();
        psnr.Add(picture.Samples, codec.Decode(codec.Encode(picture, EdgeQuality)).Samples);
        return Math.Min(psnr.Decibels, Lossless);
    }

    private static double Tint(ModelCodec codec, Raster photograph)
    {
        var grey = new byte[photograph.Samples.Length];
        for (int i = 0; i < grey.Length; i += 3)
        {
            ReadOnlySpan<byte> pixel = photograph.Samples.AsSpan(i, 3);
            grey.AsSpan(i, 3).Fill((byte)((77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2]) >> 8));
        }

        byte[] decoded = codec.Decode(codec.Encode(new Raster(photograph.Width, photograph.Height, 3, grey), 0)).Samples;
        long sum = 0;
        for (int i = 0; i < decoded.Length; i += 3)
        {
            ReadOnlySpan<byte> pixel = decoded.AsSpan(i, 3);
            sum += Math.Max(pixel[0], Math.Max(pixel[1], pixel[2])) - Math.Min(pixel[0], Math.Min(pixel[1], pixel[2]));
        }

        return sum / (decoded.Length / 3.0);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
