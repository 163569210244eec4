namespace Codec.Imaging;

/// <summary>Peak signal-to-noise ratio over many images: one mean squared error over all their samples, then one logarithm.</summary>
/// <remarks>Not the mean of each image's own figure, which is larger: images with little error would count for more.</remarks>
public sealed class Psnr
{
    private ulong _squares;

    /// <summary>Samples compared so far.</summary>
    public long Samples { get; private set; }

    /// <summary>Mean squared error with white = 1: 0 to 1; 0 when nothing was added.</summary>
    public double MeanSquaredError => Samples == 0 ? 0 : _squares / (255.0 * 255.0 * Samples);

    /// <summary>10·log10(1/<see cref="MeanSquaredError"/>) in decibels; infinite when all samples were equal.</summary>
    public double Decibels => FromMeanSquaredError(MeanSquaredError);

    /// <summary>Decibels of a mean squared error with white = 1.</summary>
    public static double FromMeanSquaredError(double meanSquaredError) => 10 * Math.Log10(1 / meanSquaredError);

    /// <summary>Adds one image, or several at once.</summary>
    /// <param name="expected">8-bit samples of the original.</param>
    /// <param name="actual">8-bit samples of what came back, as many.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Add(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        if (expected.Length != actual.Length)
            throw new ArgumentException($"{expected.Length} samples cannot be compared with {actual.Length}.", nameof(actual));

        // In integers, so that the order of the images does not change the sum; 64 bits hold 2.8e14 samples of the worst error.
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
