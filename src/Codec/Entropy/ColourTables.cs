namespace Codec.Entropy;

/// <summary>What the prediction of colours needs of a prior, computed once. Immutable.</summary>
internal sealed class ColourTables
{
    /// <summary>Fraction bits of <see cref="Ratio"/>.</summary>
    public const int RatioBits = 8;

    /// <summary>Fraction bits of <see cref="Inverse"/>.</summary>
    public const int InverseBits = 16;

    private readonly ColourRule _colours;
    private readonly int[] _ratios;
    private readonly long[] _inverses;
    private readonly short[][] _affected;
    private readonly byte[] _bands;

    /// <summary>Computes the tables of a checked rule with colours.</summary>
    public ColourTables(GridRule rule)
    {
        (_colours, Steps) = (rule.Colours!, rule.Steps!);
        ushort[] factors = Steps.Factors;
        _ratios = [.. factors.Select((factor, i) => (int)Divide((long)factor << RatioBits, factors[Anchor(i)]))];
        _inverses = [.. factors.Select((factor, i) => Divide((long)factors[Anchor(i)] << InverseBits, factor))];
        _bands = [.. factors.Select((_, i) => (byte)(factors[Anchor(i)] < 948 ? 0 : factors[Anchor(i)] < 1234 ? 1 : 2))];
        ILookup<int, short> affected = Enumerable
            .Range(0, factors.Length)
            .SelectMany(i => new[] { (Acting: Luminance(i), (short)i), (Acting: First(i), (short)i) })
            .ToLookup(pair => pair.Acting, pair => pair.Item2);
        _affected = [.. Enumerable.Range(0, factors.Length).Select(i => affected[i].ToArray())];

        int Anchor(int latent) => IsColour(latent) ? Luminance(latent) : latent;

        static long Divide(long numerator, long denominator) => (numerator + denominator / 2) / denominator;
    }

    /// <summary>The steps of the latents.</summary>
    public StepRule Steps { get; }

    /// <summary>Whether a latent is predicted from others of its block.</summary>
    public bool IsColour(int latent) => _colours.Luminance[latent] != ColourRule.None;

    /// <summary>The luminance of a colour; <see cref="ColourRule.None"/> for a latent of luminance.</summary>
    public int Luminance(int latent) => _colours.Luminance[latent];

    /// <summary>The first colour of a latent of the second; <see cref="ColourRule.None"/> for all others.</summary>
    public int First(int latent) => _colours.First[latent];

    /// <summary>A latent's step divided by that of its luminance, in 256ths.</summary>
    public int Ratio(int latent) => _ratios[latent];

    /// <summary>The step of a latent's luminance divided by its own, in 65536ths: below 2^32.</summary>
    public long Inverse(int latent) => _inverses[latent];

    /// <summary>Number of bands of frequency.</summary>
    public const int Bands = 3;

    /// <summary>The band of a latent's frequency, by the step of its luminance.</summary>
    public int Band(int latent) => _bands[latent];

    /// <summary>The latents that are predicted from a latent, all of them later ones.</summary>
    public ReadOnlySpan<short> AffectedBy(int latent) => _affected[latent];
}
