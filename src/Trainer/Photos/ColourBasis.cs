using Codec.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Photos;

/// <summary>Measures three uncorrelated colour axes: the principal components of the differences between neighbouring pixels.</summary>
/// <remarks>
/// A lapped transform codes mostly differences, so their axes matter more than those of the pixels. The first axis is close to luminance.
/// </remarks>
internal static class ColourBasis
{
    // One pixel in seven gives the same axes as all pixels.
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
            // The sign of an eigenvector is arbitrary; a positive largest element makes it unique.
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
