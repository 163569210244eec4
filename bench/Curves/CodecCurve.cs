using Codec.Bench.Codecs;
using Codec.Images;

namespace Codec.Bench.Curves;

/// <summary>A codec at all its qualities over one set of images.</summary>
/// <param name="Codec">The codec.</param>
/// <param name="Points">From the fewest bytes to the most.</param>
internal sealed record CodecCurve(IImageCodec Codec, IReadOnlyList<RatePoint> Points)
{
    /// <summary>Bytes over PSNR of the mean squared error: what figures are taken from.</summary>
    public RateCurve Rate => new(Points.Select(point => (point.Bytes, point.Decibels)));

    /// <summary>Bytes over the mean of the images' own PSNRs, as much of the literature has it.</summary>
    public RateCurve MeanRate => new(Points.Select(point => (point.Bytes, point.MeanDecibels)));

    /// <summary>Bytes over structural similarity in decibels: 10·log10(1/(1 − similarity)).</summary>
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
