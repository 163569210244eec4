namespace Codec.Imaging;

/// <summary>Measures the peak signal-to-noise ratio over many images, from one mean squared error over all their samples.</summary>
/// <remarks>It is not the mean of the images' own ratios, which is larger, because images with small errors would count more.</remarks>
public sealed class Psnr
{
    private ulong _squares;

    /// <summary>Number of samples compared so far.</summary>
    public long Samples { get; private set; }

    /// <summary>Mean squared error on a scale where white is 1: 0 to 1; 0 if nothing was added.</summary>
    public double MeanSquaredError => Samples == 0 ? 0 : _squares / (255.0 * 255.0 * Samples);

    /// <summary>10·log10(1/<see cref="MeanSquaredError"/>) in decibels; infinite if all samples were equal.</summary>
    public double Decibels => FromMeanSquaredError(MeanSquaredError);

    /// <summary>Converts a mean squared error, on a scale where white is 1, to decibels.</summary>
    public static double FromMeanSquaredError(double meanSquaredError) => 10 * Math.Log10(1 / meanSquaredError);

    /// <summary>Adds one image, or several at once.</summary>
    /// <param name="expected">8-bit samples of the original.</param>
    /// <param name="actual">8-bit samples to judge, of the same length.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Add(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        if (expected.Length != actual.Length)
            throw new ArgumentException($"{expected.Length} samples cannot be compared with {actual.Length}.", nameof(actual));

        // Integers, so that the order of the images does not change the sum; 64 bits hold 2.8e14 samples with the largest error.
        ulong squares = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            int difference = expected[i] - actual[i];
            squares += (uint)(difference * difference);
        }

        _squares += squares;
        Samples += expected.Length;
    }
}
