using Codec.Errors;
using Codec.Images;
using Codec.Models;

namespace Codec;

public sealed partial class CodecModel
{
    /// <summary>Largest allowed ratio of the two squared errors, beyond 1 for each sample: machines round differently.</summary>
    private const double GoldenTolerance = 1.01;

    /// <summary>
    /// Checks that this machine computes as the trainer did: the golden image, encoded and decoded here, must be as near the original as
    /// the golden code's image. Symbols may differ, because another machine's floating point can move a latent across a threshold.
    /// </summary>
    /// <exception cref="InvalidModelException">The errors differ by more than rounding explains, or the golden code is damaged.</exception>
    /// <exception cref="InvalidOperationException">
    /// The package had no encoder, no golden image, or no head that restores the input.
    /// </exception>
    /// <exception cref="RuntimeUnavailableException">The encoder is a network, and no runtime for it works here.</exception>
    public void CheckGolden()
    {
        if (_goldenImage.IsEmpty)
            throw new InvalidOperationException($"{Manifest.Name} was loaded without its golden image.");
        GoldenEntry golden = Manifest.Golden;
        byte[] expected,
            actual;
        ImageSize size = Manifest.GoldenSize;
        try
        {
            expected = Decode(golden.Code.Span, golden.Quality).Samples;
            actual = Decode(Encode(_goldenImage.Span, size.Width, size.Height, golden.Quality), golden.Quality).Samples;
        }
        catch (InvalidCodeException exception)
        {
            throw new InvalidModelException("golden.code", $"it does not decode with this prior: {exception.Message}", exception);
        }

        // A model may restore something other than its input (a clean image, a mask): then the golden code's image is the reference.
        ReadOnlySpan<byte> reference = expected.Length == _goldenImage.Length ? _goldenImage.Span : expected;
        double theirs = SquaredError(reference, expected),
            ours = SquaredError(reference, actual);
        if (Math.Max(theirs, ours) > Math.Min(theirs, ours) * GoldenTolerance + reference.Length)
        {
            throw new InvalidModelException(
                "golden",
                $"the golden image encoded here has a squared error of {ours:f0}, its golden code one of {theirs:f0}; encoder, prior and heads do not belong together."
            );
        }
    }

    private static double SquaredError(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }
}
