using Codec.Errors;
using Codec.Images;
using Codec.Models;

namespace Codec;

public sealed partial class CodecModel
{
    /// <summary>
    /// Largest allowed ratio of two squared errors, beyond 1 for each sample: half a decibel. Machines round differently, and encoders of
    /// other versions choose other symbols.
    /// </summary>
    private const double Tolerance = 1.12;

    /// <summary>
    /// Checks that this machine computes as the trainer did: the golden image, encoded and decoded here, must be as near the original as
    /// the golden code's image. Symbols may differ, because another machine's floating point can move a latent across a threshold, and
    /// another version of the encoder chooses by other rules.
    /// </summary>
    /// <exception cref="InvalidModelException">The errors differ by more than half a decibel, or the golden code is damaged.</exception>
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
        if (Math.Max(theirs, ours) > Math.Min(theirs, ours) * Tolerance + reference.Length)
        {
            throw new InvalidModelException(
                "golden",
                $"the golden image encoded here has a squared error of {ours:f0}, its golden code one of {theirs:f0}; encoder, prior and heads do not belong together."
            );
        }
    }

    /// <summary>
    /// Checks that more bytes give better images: at no quality may the golden image, encoded and decoded here, be restored clearly worse
    /// than at the one before. A single image does not show small differences; a training's figures do.
    /// </summary>
    /// <exception cref="InvalidModelException">A quality restores it worse than the one before.</exception>
    /// <exception cref="InvalidOperationException">
    /// The package had no encoder, no golden image, or no head that restores the input.
    /// </exception>
    /// <exception cref="RuntimeUnavailableException">The encoder is a network, and no runtime for it works here.</exception>
    public void CheckQualities()
    {
        if (_goldenImage.IsEmpty)
            throw new InvalidOperationException($"{Manifest.Name} was loaded without its golden image.");
        ImageSize size = Manifest.GoldenSize;
        double before = double.PositiveInfinity;
        for (int quality = 0; quality < Manifest.Qualities.Count; quality++)
        {
            byte[] decoded = Decode(Encode(_goldenImage.Span, size.Width, size.Height, quality), quality).Samples;
            // A model that restores something else than its input cannot be judged by it.
            if (decoded.Length != _goldenImage.Length)
                return;
            double error = SquaredError(_goldenImage.Span, decoded);
            if (error > before * Tolerance + decoded.Length)
            {
                throw new InvalidModelException(
                    $"qualities[{quality}]",
                    $"it restores the golden image with a squared error of {error:f0}, quality {quality - 1} with {before:f0}; more bytes must give better images. Train it again, or leave the quality out."
                );
            }

            before = error;
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
