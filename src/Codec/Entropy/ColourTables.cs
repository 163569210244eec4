namespace Codec.Entropy;

/// <summary>What the prediction of colours needs of a prior, computed once. Immutable.</summary>
internal sealed class ColourTables
{
    /// <summary>Fraction bits of <see cref="ColourLatent.Ratio"/>.</summary>
    public const int RatioBits = 8;

    /// <summary>Fraction bits of <see cref="ColourLatent.Inverse"/>.</summary>
    public const int InverseBits = 16;

    private readonly ColourLatent[] _latents;
    private readonly short[] _affected;

    /// <summary>Computes the tables of a checked rule with colours.</summary>
    public ColourTables(GridRule rule)
    {
        Steps = rule.Steps!;
        ColourRule colours = rule.Colours!;
        ushort[] factors = Steps.Factors;
        _latents = [.. Enumerable.Range(0, factors.Length).Select(Of)];
        List<short>[] affected = [.. factors.Select(_ => new List<short>())];
        for (int i = 0; i < _latents.Length; i++)
        {
            if (_latents[i].IsColour)
                affected[_latents[i].Luminance].Add((short)i);
            if (_latents[i].First != ColourLatent.None)
                affected[_latents[i].First].Add((short)i);
        }

        _affected = [.. affected.SelectMany(latents => latents)];
        for (int i = 0, start = 0; i < _latents.Length; start += affected[i].Count, i++)
            _latents[i] = _latents[i] with { Affected = (short)start, AffectedCount = (short)affected[i].Count };

        ColourLatent Of(int latent)
        {
            int luminance = colours.Luminance[latent],
                first = colours.First[latent];
            long factor = factors[latent],
                anchor = luminance == ColourRule.None ? factor : factors[luminance];
            return new ColourLatent(
                (short)(luminance == ColourRule.None ? ColourLatent.None : luminance),
                (short)(first == ColourRule.None ? ColourLatent.None : first),
                (byte)colours.Bounds.Count(bound => anchor >= bound),
                (int)Divide(factor << RatioBits, anchor),
                Divide(anchor << InverseBits, factor)
            );
        }

        static long Divide(long numerator, long denominator) => (numerator + denominator / 2) / denominator;
    }

    /// <summary>The steps of the latents.</summary>
    public StepRule Steps { get; }

    /// <summary>[K].</summary>
    public ReadOnlySpan<ColourLatent> Latents => _latents;

    /// <summary>The latents that are predicted from a latent, all of them later ones.</summary>
    public ReadOnlySpan<short> AffectedBy(in ColourLatent latent) => _affected.AsSpan(latent.Affected, latent.AffectedCount);
}

/// <summary>How one latent is predicted.</summary>
/// <param name="Luminance">Its luminance; <see cref="None"/> for a latent of luminance.</param>
/// <param name="First">The first colour of a latent of the second; <see cref="None"/> for all others.</param>
/// <param name="Band">Its band of frequency.</param>
/// <param name="Ratio">Its step divided by that of its luminance, in 256ths.</param>
/// <param name="Inverse">The step of its luminance divided by its own, in 65536ths: below 2^32.</param>
internal readonly record struct ColourLatent(short Luminance, short First, byte Band, int Ratio, long Inverse)
{
    /// <summary>No latent.</summary>
    public const short None = -1;

    /// <summary>Index of the first of <see cref="ColourTables.AffectedBy"/>.</summary>
    public short Affected { get; init; }

    /// <summary>How many they are.</summary>
    public short AffectedCount { get; init; }

    /// <summary>Whether the latent is predicted from others of its block.</summary>
    public bool IsColour => Luminance != None;
}
