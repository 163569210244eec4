using Codec.Bench.Codecs;
using Codec.Images;

namespace Codec.Bench.Curves;

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

    public static CodecCurve Measure(IImageCodec codec, IReadOnlyList<Raster> images, bool similarity, CancellationToken cancellationToken)
    {
        var points = new List<RatePoint>();
        foreach (int quality in codec.Qualities)
        {
            cancellationToken.ThrowIfCancellationRequested();
            points.Add(RatePoint.Measure(codec, images, quality, similarity));
        }

        return new CodecCurve(codec, points);
    }
}
