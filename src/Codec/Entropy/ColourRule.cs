namespace Codec.Entropy;

/// <summary>
/// Which latents are colours, and of which luminance: those of the same function of the transform (docs/format.md, Colours). From its
/// construction the prior owns the arrays; they must not be changed.
/// </summary>
/// <param name="Luminance">
/// [K]: the latent of luminance from which each latent of a colour is predicted; <see cref="None"/> for a latent of luminance.
/// </param>
/// <param name="First">
/// [K]: for a latent of the second colour, that of the first colour from which it is predicted, too; <see cref="None"/> for all others.
/// </param>
/// <param name="Bounds">
/// [<see cref="Bands"/> − 1], rising: the bands of frequency. A latent's band is the number of bounds that the step factor of its luminance
/// reaches (<see cref="StepRule.Factors"/>).
/// </param>
internal sealed record ColourRule(ushort[] Luminance, ushort[] First, ushort[] Bounds)
{
    /// <summary>Number of bands of frequency, which have factors of their own.</summary>
    public const int Bands = 3;

    /// <summary>No latent.</summary>
    public const ushort None = ushort.MaxValue;
}
