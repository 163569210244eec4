using System.Globalization;
using Codec.Bench.Report;
using Codec.Images;
using Codec.Measurement;
using Codec.Models;

namespace Codec.Bench.Photos;

/// <summary>Counts the multiply-adds of our decoder, which depend on the non-zero symbols.</summary>
internal static class DecoderCost
{
    /// <summary>The hyperprior's decoder of Ballé et al. 2018, in thousands of multiply-adds a pixel.</summary>
    private const double Hyperprior = 43.5;

    /// <summary>
    /// Counts at the highest quality, which costs the most: each non-zero symbol adds its latent's window to the image, and its weights to
    /// the contexts of the latents after it.
    /// </summary>
    public static Figure Measure(ModelCodec codec, IReadOnlyList<Raster> images)
    {
        ModelManifest manifest = codec.Model.Manifest;
        if (manifest.Grid is not { } grid)
            throw new BenchException($"{manifest.Name} takes one size only; photographs need a grid.");
        long window = manifest.Input.Samples,
            perSymbol = window + manifest.Latents;
        long pixels = images.Sum(image => (long)image.Width * image.Height);
        double dearest = Kilo(codec.Qualities[^1]),
            cheapest = Kilo(codec.Qualities[0]);
        double full = perSymbol * manifest.Latents / 1000.0 / (grid.Stride * grid.Stride);
        return new Figure(
            "photos.decoder_kmac_per_pixel",
            dearest,
            "kMAC",
            Text($"at quality 0 {cheapest:0.00}, with no symbol zero {full:0.0}; a hyperprior's decoder: {Hyperprior}"),
            dearest / Hyperprior
        );

        double Kilo(int quality) =>
            perSymbol
            / 1000.0
            / pixels
            * images
                .AsParallel()
                .Sum(image => codec.Model.DecodeSymbols(codec.EncodeCode(image, quality), quality).LongCount(symbol => symbol != 0));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
