using System.Globalization;
using Codec.Images;
using Codec.Imaging;

namespace Codec.Trainer.Evaluation;

/// <summary>A model's bytes and PSNR at one quality.</summary>
/// <param name="Quality">The quality.</param>
/// <param name="Bytes">Mean bytes of a code.</param>
/// <param name="Decibels">PSNR over all images together.</param>
internal sealed record QualityFigures(int Quality, double Bytes, double Decibels)
{
    /// <summary>Encodes and decodes every image at every quality.</summary>
    /// <param name="model">A model of the images' size, or of any size.</param>
    /// <param name="images">Images of the model's channels.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    public static IReadOnlyList<QualityFigures> Measure(
        CodecModel model,
        IReadOnlyList<Raster> images,
        CancellationToken cancellationToken = default
    ) => [.. Enumerable.Range(0, model.Manifest.Qualities.Count).Select(quality => At(model, images, quality, cancellationToken))];

    /// <summary>Chooses the qualities, from the first, at which more bytes give better images.</summary>
    /// <returns>Indices of <paramref name="figures"/>: all of them if none is out of order.</returns>
    public static IReadOnlyList<int> Rising(IReadOnlyList<QualityFigures> figures)
    {
        var rising = new List<int>();
        for (int i = 0; i < figures.Count; i++)
        {
            if (rising.Count == 0 || (figures[i].Bytes > figures[rising[^1]].Bytes && figures[i].Decibels > figures[rising[^1]].Decibels))
                rising.Add(i);
        }

        return rising;
    }

    /// <summary>Names the first quality that is no better than the one before, or costs no more; null if all rise.</summary>
    public static string? Fault(IReadOnlyList<QualityFigures> figures)
    {
        for (int i = 1; i < figures.Count; i++)
        {
            if (figures[i].Bytes <= figures[i - 1].Bytes || figures[i].Decibels <= figures[i - 1].Decibels)
                return $"quality {i} has {figures[i]}, quality {i - 1} has {figures[i - 1]}";
        }

        return null;
    }

    /// <summary>The PSNR for a table: <c>exact</c> where every image is decoded as it was.</summary>
    public string Ratio => TextOf(Decibels);

    /// <summary>Whether every image is decoded as it was.</summary>
    public bool IsExact => double.IsPositiveInfinity(Decibels);

    /// <summary>A PSNR for a table; <c>exact</c> for an infinite one.</summary>
    public static string TextOf(double decibels) =>
        double.IsPositiveInfinity(decibels) ? "exact" : decibels.ToString("0.00", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Bytes:0.0} bytes and {(IsExact ? "exact images" : $"{Ratio} dB")}");

    private static QualityFigures At(CodecModel model, IReadOnlyList<Raster> images, int quality, CancellationToken cancellationToken)
    {
        (int Bytes, Raster Decoded)[] coded =
        [
            .. images
                .AsParallel()
                .AsOrdered()
                .WithCancellation(cancellationToken)
                .Select(image =>
                {
                    byte[] code = model.Encode(image.Samples, image.Width, image.Height, quality);
                    return (code.Length, model.Decode(code, quality));
                }),
        ];
        var psnr = new Psnr();
        for (int i = 0; i < coded.Length; i++)
            psnr.Add(images[i].Samples, coded[i].Decoded.Samples);
        return new QualityFigures(quality, coded.Average(image => image.Bytes), psnr.Decibels);
    }
}
