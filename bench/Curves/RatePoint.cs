using Codec.Bench.Codecs;
using Codec.Images;
using Codec.Imaging;

namespace Codec.Bench.Curves;

/// <summary>Measurements of a codec at one quality on a set of images.</summary>
/// <param name="Quality">The codec's quality.</param>
/// <param name="Bytes">Mean length of a file in bytes.</param>
/// <param name="BitsPerPixel">Total bits of the files divided by the total pixels of the images.</param>
/// <param name="Decibels">PSNR in dB of the mean squared error over all images together.</param>
/// <param name="MeanDecibels">Mean of the images' PSNRs, in dB.</param>
/// <param name="Similarity">Mean multi-scale structural similarity, 0 to 1; NaN if it was not measured.</param>
internal sealed record RatePoint(int Quality, double Bytes, double BitsPerPixel, double Decibels, double MeanDecibels, double Similarity)
{
    /// <summary>Encodes and decodes every image on all cores.</summary>
    public static RatePoint Measure(IImageCodec codec, IReadOnlyList<Raster> images, int quality, bool similarity = false)
    {
        Trial[] trials = [.. images.AsParallel().AsOrdered().Select(image => Trial.Of(codec, image, quality, similarity))];
        long samples = trials.Sum(trial => trial.Samples);
        double error = trials.Sum(trial => trial.MeanSquaredError * trial.Samples) / samples;
        return new RatePoint(
            quality,
            trials.Average(trial => trial.Bytes),
            8.0 * trials.Sum(trial => (long)trial.Bytes) / images.Sum(image => (long)image.Width * image.Height),
            Psnr.FromMeanSquaredError(error),
            trials.Average(trial => Psnr.FromMeanSquaredError(trial.MeanSquaredError)),
            trials.Average(trial => trial.Similarity)
        );
    }

    /// <summary>Finds the lowest of a codec's qualities 1 to 100 whose PSNR over the images reaches a target, by bisection.</summary>
    /// <returns>The point at that quality; at quality 1 if its PSNR already exceeds the target.</returns>
    public static RatePoint Match(IImageCodec codec, IReadOnlyList<Raster> images, double decibels)
    {
        int low = 1,
            high = 100;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Measure(codec, images, middle).Decibels >= decibels)
                high = middle;
            else
                low = middle + 1;
        }

        return Measure(codec, images, high);
    }

    private readonly record struct Trial(int Bytes, double MeanSquaredError, long Samples, double Similarity)
    {
        public static Trial Of(IImageCodec codec, Raster image, int quality, bool similarity)
        {
            byte[] file = codec.Encode(image, quality);
            Raster decoded = codec.Decode(file);
            var psnr = new Psnr();
            psnr.Add(image.Samples, decoded.Samples);
            return new Trial(
                file.Length,
                psnr.MeanSquaredError,
                psnr.Samples,
                similarity ? MultiScaleSsim.Compare(image, decoded) : double.NaN
            );
        }
    }
}
