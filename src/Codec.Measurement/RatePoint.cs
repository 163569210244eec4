using Codec.Images;
using Codec.Imaging;

namespace Codec.Measurement;

/// <summary>Measurements of a codec at one quality on a set of images.</summary>
/// <param name="Quality">The codec's quality.</param>
/// <param name="Images">The measurements of each image.</param>
/// <param name="BitsPerPixel">Total bits of the files divided by the total pixels of the images.</param>
internal sealed record RatePoint(int Quality, IReadOnlyList<ImageMeasure> Images, double BitsPerPixel)
{
    /// <summary>Mean length of a file in bytes.</summary>
    public double Bytes => Images.Average(image => image.Bytes);

    /// <summary>PSNR in dB of the mean squared error over all images together.</summary>
    public double Decibels =>
        Psnr.FromMeanSquaredError(Images.Sum(image => image.MeanSquaredError * image.Samples) / Images.Sum(image => image.Samples));

    /// <summary>Mean of the images' PSNRs, in dB.</summary>
    public double MeanDecibels => Images.Average(image => Psnr.FromMeanSquaredError(image.MeanSquaredError));

    /// <summary>Mean multi-scale structural similarity, 0 to 1; NaN if it was not measured.</summary>
    public double Similarity => Images.Average(image => image.Similarity);

    /// <summary>Mean score of SSIMULACRA 2.1; NaN if it was not measured.</summary>
    public double Score => Images.Average(image => image.Score);

    /// <summary>Encodes and decodes every image on all cores.</summary>
    public static RatePoint Measure(IImageCodec codec, IReadOnlyList<Raster> images, int quality, Judgement judgement = Judgement.Plain)
    {
        ImageMeasure[] measures = [.. images.AsParallel().AsOrdered().Select(image => ImageMeasure.Of(codec, image, quality, judgement))];
        return new RatePoint(
            quality,
            measures,
            8.0 * measures.Sum(measure => (long)measure.Bytes) / images.Sum(image => (long)image.Width * image.Height)
        );
    }

    /// <summary>Finds the lowest of a codec's qualities 1 to 100 whose PSNR over the images reaches a target, by bisection.</summary>
    /// <returns>The point at that quality; at quality 1 if its PSNR already exceeds the target.</returns>
    public static RatePoint Match(IImageCodec codec, IReadOnlyList<Raster> images, double decibels) =>
        Match(codec, images, decibels, Judgement.Plain, point => point.Decibels);

    /// <summary>Finds the lowest of a codec's qualities 1 to 100 at which a mean over the images reaches a target, by bisection.</summary>
    /// <inheritdoc cref="Match(IImageCodec, IReadOnlyList{Raster}, double)"/>
    public static RatePoint Match(
        IImageCodec codec,
        IReadOnlyList<Raster> images,
        double target,
        Judgement judgement,
        Func<RatePoint, double> value
    )
    {
        int low = 1,
            high = 100;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (value(Measure(codec, images, middle, judgement)) >= target)
                high = middle;
            else
                low = middle + 1;
        }

        return Measure(codec, images, high, judgement);
    }
}
