using Codec.Images;

namespace Codec.Measurement;

/// <summary>Measurements of a codec at all its qualities on one set of images.</summary>
/// <param name="Codec">The codec.</param>
/// <param name="Points">The points, in ascending order of bytes.</param>
internal sealed record CodecCurve(IImageCodec Codec, IReadOnlyList<RatePoint> Points)
{
    /// <summary>Bytes as a function of the PSNR of the mean squared error; the figures use this curve.</summary>
    public RateCurve Rate => new(Points.Select(point => (point.Bytes, point.Decibels)));

    /// <summary>Bytes as a function of the mean of the images' PSNRs, as in much of the literature.</summary>
    public RateCurve MeanRate => new(Points.Select(point => (point.Bytes, point.MeanDecibels)));

    /// <summary>Bytes as a function of structural similarity in decibels: 10·log10(1/(1 − similarity)).</summary>
    public RateCurve SimilarityRate => new(Points.Select(point => (point.Bytes, 10 * Math.Log10(1 / (1 - point.Similarity)))));

    /// <summary>Measures a codec.</summary>
    /// <param name="codec">The codec.</param>
    /// <param name="images">The images.</param>
    /// <param name="judgement">What to measure besides bytes and PSNR.</param>
    /// <param name="cancellationToken">Cancels between two points.</param>
    public static CodecCurve Measure(
        IImageCodec codec,
        IReadOnlyList<Raster> images,
        Judgement judgement,
        CancellationToken cancellationToken
    )
    {
        var points = new List<RatePoint>();
        foreach (int quality in codec.Qualities)
        {
            cancellationToken.ThrowIfCancellationRequested();
            points.Add(RatePoint.Measure(codec, images, quality, judgement));
        }

        return new CodecCurve(codec, points);
    }

    /// <summary>
    /// The mean over the images of Bjøntegaard's delta rate, by a quality that each image has at each point. An image whose curves have
    /// nothing in common is left out.
    /// </summary>
    /// <param name="anchor">The curve that counts as 100 %, on the same images.</param>
    /// <param name="quality">The quality: a larger value is better.</param>
    /// <returns>Percent more bytes than the anchor at the same quality; negative is fewer.</returns>
    public double DeltaRate(CodecCurve anchor, Func<ImageMeasure, double> quality)
    {
        var rates = new List<double>();
        for (int image = 0; image < Points[0].Images.Count; image++)
        {
            if (OfImage(image, quality) is { } ours && anchor.OfImage(image, quality) is { } theirs && ours.Overlaps(theirs))
                rates.Add(ours.DeltaRate(theirs));
        }

        return rates.Average();
    }

    /// <summary>The mean over the images of their bytes at a quality; NaN if a curve does not cover it.</summary>
    public double BytesAt(Func<ImageMeasure, double> quality, double target)
    {
        RateCurve?[] curves = [.. Enumerable.Range(0, Points[0].Images.Count).Select(image => OfImage(image, quality))];
        return curves.All(curve => curve is not null && curve.Covers(target))
            ? curves.Average(curve => curve!.BytesAt(target))
            : double.NaN;
    }

    /// <summary>The curve of one image, without points that are worse than one of fewer bytes; null if fewer than three are left.</summary>
    private RateCurve? OfImage(int image, Func<ImageMeasure, double> quality)
    {
        var rising = new List<(double Bytes, double Quality)>();
        foreach (ImageMeasure measure in Points.Select(point => point.Images[image]).OrderBy(measure => measure.Bytes))
        {
            double value = quality(measure);
            if (double.IsFinite(value) && (rising.Count == 0 || value > rising[^1].Quality))
                rising.Add((measure.Bytes, value));
        }

        return rising.Count < 3 ? null : new RateCurve(rising);
    }
}
