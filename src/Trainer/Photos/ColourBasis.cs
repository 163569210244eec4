using Codec.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Photos;

/// <summary>Three colour axes without correlation: the principal components of the differences between neighbouring pixels.</summary>
/// <remarks>Of differences, since what a lapped transform codes is mostly those; the first axis comes out as a luminance.</remarks>
internal static class ColourBasis
{
    // Every seventh pixel says as much as all.
    private const int Spacing = 7;

    /// <summary>Measures photographs of three channels.</summary>
    /// <returns>[3, 3]: orthonormal rows, that of the largest variance first.</returns>
    public static double[,] Fit(IEnumerable<Raster> photos)
    {
        var covariance = new double[3, 3];
        foreach (Raster photo in photos)
            Add(covariance, photo);
        using DisposeScope scope = NewDisposeScope();
        (_, Tensor vectors) = linalg.eigh(from_array(covariance)); // rising
        var basis = new double[3, 3];
        for (int axis = 0; axis < 3; axis++)
        {
            double[] vector = [.. vectors.select(1, 2 - axis).contiguous().data<double>()];
            // A vector's sign is arbitrary: with its largest element positive it is always the same.
            double sign = Math.Sign(vector.MaxBy(Math.Abs));
            for (int channel = 0; channel < 3; channel++)
                basis[axis, channel] = sign * vector[channel];
        }

        return basis;
    }

    private static void Add(double[,] covariance, Raster photo)
    {
        ReadOnlySpan<byte> samples = photo.Samples;
        for (int pixel = 0; pixel < photo.Width * photo.Height - 1; pixel += Spacing)
        {
            if (pixel % photo.Width == photo.Width - 1)
                continue;
            ReadOnlySpan<byte> pair = samples.Slice(3 * pixel, 6);
            for (int a = 0; a < 3; a++)
            {
                for (int b = 0; b < 3; b++)
                    covariance[a, b] += (pair[3 + a] - pair[a]) * (pair[3 + b] - pair[b]);
            }
        }
    }
}
