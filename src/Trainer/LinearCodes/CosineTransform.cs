namespace Codec.Trainer.LinearCodes;

/// <summary>The orthonormal cosine transform (DCT-II; Ahmed, Natarajan and Rao 1974).</summary>
internal static class CosineTransform
{
    /// <summary>A basis function's value.</summary>
    /// <param name="length">The number of positions and of frequencies.</param>
    /// <param name="frequency">0 to length − 1.</param>
    /// <param name="position">0 to length − 1.</param>
    public static double At(int length, int frequency, int position) =>
        Math.Sqrt((frequency == 0 ? 1.0 : 2.0) / length) * Math.Cos(Math.PI * frequency * (position + 0.5) / length);

    /// <summary>The first basis functions: [frequencies, length], row-major.</summary>
    public static float[] Matrix(int length, int frequencies) =>
        [.. Enumerable.Range(0, frequencies * length).Select(i => (float)At(length, i / length, i % length))];
}
