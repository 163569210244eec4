using System.Numerics;

namespace Codec.Entropy;

/// <summary>
/// How the quantizer's step differs from latent to latent, and from block to block by what the neighbouring blocks mask (docs/format.md,
/// Steps). From its construction the prior owns the arrays; they must not be changed.
/// </summary>
/// <remarks>Integers only, computed from decoded symbols: every machine finds the same level for a block.</remarks>
/// <param name="Factors">[K]: the step of each latent, in 1024ths of the quality's step, 1 or more.</param>
/// <param name="Masks">
/// [K]: how far a level moves the step of each latent, in eighths of an octave: 0 (not at all) to <see cref="MaxMask"/>.
/// </param>
/// <param name="Energies">[K]: the weight of each latent's square in the energy of a block; 0 for none.</param>
/// <param name="Levels">Number of levels, 1 to <see cref="MaxLevels"/>.</param>
/// <param name="Neutral">The level that leaves all steps as they are.</param>
/// <param name="EnergySlope">Levels, in 65536ths, for each unit of the sum of the four neighbours' logarithms of energy.</param>
/// <param name="MeanSlope">Levels, in 65536ths, for each unit of the logarithm of the predicted mean.</param>
internal sealed record StepRule(ushort[] Factors, byte[] Masks, ushort[] Energies, int Levels, int Neutral, int EnergySlope, int MeanSlope)
{
    /// <summary>Largest number of levels.</summary>
    public const int MaxLevels = 16;

    /// <summary>Largest element of <see cref="Masks"/>: a quarter of an octave a level.</summary>
    public const int MaxMask = 2;

    /// <summary>Denominator of <see cref="Factors"/>.</summary>
    public const int Unit = 1024;

    /// <summary>Fraction bits of the symbols that the predictors take: a neighbour's symbols are converted to the neutral level.</summary>
    public const int SymbolBits = 4;

    /// <summary>The largest magnitude that counts in an energy; larger ones count as this.</summary>
    public const int MaxMagnitude = 255;

    private const int LogBits = 4;

    // [levels, MaxMask + 1]: 2^SymbolBits · 2^(exponent / 8), rounded.
    private readonly int[] _symbolScales =
    [
        .. from level in Enumerable.Range(0, Levels)
        from mask in Enumerable.Range(0, MaxMask + 1)
        select (int)Math.Round((1 << SymbolBits) * Math.Pow(2, (level - Neutral) * mask / 8.0)),
    ];

    // [levels]: 256 · 2^((level − neutral) / 2), rounded: the square of a step of the largest mask.
    private readonly ulong[] _squares =
    [
        .. Enumerable.Range(0, Levels).Select(level => (ulong)Math.Round(256 * Math.Pow(2, (level - Neutral) * MaxMask / 4.0))),
    ];

    /// <summary>
    /// The logarithm to base 2 of a positive number, in 16ths, rounded down, and linear between powers of 2: the number of binary digits
    /// less one, then the four digits after the first.
    /// </summary>
    public static int Log(ulong number)
    {
        int digits = BitOperations.Log2(number);
        ulong fraction = digits >= LogBits ? number >> (digits - LogBits) : number << (LogBits - digits);
        return (digits << LogBits) + (int)(fraction & ((1 << LogBits) - 1));
    }

    /// <summary>The step of a latent at a level: one rounding for each product, to the nearest binary32.</summary>
    public float Step(float step, int latent, int level)
    {
        float scaled = step * (Factors[latent] / (float)Unit);
        return scaled * (float)Math.Pow(2, (level - Neutral) * Masks[latent] / 8.0);
    }

    /// <summary>A step of a latent at a level, in 2^−<see cref="SymbolBits"/> of its step at the neutral level, rounded.</summary>
    public int SymbolScale(int latent, int level) => _symbolScales[level * (MaxMask + 1) + Masks[latent]];

    /// <summary>Converts a symbol of a block of some level to the neutral level, in 2^−<see cref="SymbolBits"/>; saturates.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="latent">Its latent.</param>
    /// <param name="level">The block's level.</param>
    /// <param name="addition">Added to the converted symbol.</param>
    public short ToNeutral(short symbol, int latent, int level, long addition) =>
        (short)Math.Clamp(symbol * SymbolScale(latent, level) + addition, -short.MaxValue, short.MaxValue);

    /// <summary>The term of a magnitude in its block's energy.</summary>
    public ulong Energy(int latent, int magnitude)
    {
        // The points of the two quantizers are 2m and 2m − 1; twice their mean is 4m − 1.
        ulong point = 4 * (ulong)Math.Min(magnitude, MaxMagnitude) - 1;
        return Energies[latent] * (point * point);
    }

    /// <summary>The logarithm of a block's energy.</summary>
    /// <param name="energy">The sum of <see cref="Energy"/> over the block's latents that are not predicted.</param>
    /// <param name="level">The block's level.</param>
    /// <param name="floor">Added to the energy, so that faint texture counts as none.</param>
    public int EnergyLog(ulong energy, int level, int floor) => Log((energy * _squares[level] >> 8) + (ulong)floor);

    /// <summary>Chooses a block's level.</summary>
    /// <param name="energies">The sum of the four neighbours' logarithms of energy.</param>
    /// <param name="mean">The prediction of the block's first latent.</param>
    /// <param name="steps">The quality's constants.</param>
    public int Level(int energies, int mean, StepTables steps)
    {
        long brightness = Math.Clamp(steps.MeanOrigin + (long)steps.MeanScale * mean, StepTables.MinBrightness, StepTables.MaxBrightness);
        long level = steps.Origin + (long)EnergySlope * energies + (long)MeanSlope * Log((ulong)brightness);
        return (int)Math.Clamp((level + (1 << 15)) >> 16, 0, Levels - 1);
    }
}

/// <summary>What a quality of a grid needs to choose the levels of its blocks, and to code them in the context of their level.</summary>
/// <param name="Floor">Added to a block's energy, 1 or more.</param>
/// <param name="Origin">The level at logarithms of zero, in 65536ths.</param>
/// <param name="MeanOrigin">The brightness of a block whose first latent is 0, in 256ths of a grey level.</param>
/// <param name="MeanScale">What each unit of the first latent's symbol adds to it.</param>
/// <param name="Offsets">[levels, coded]: added to the biases in a block of each level.</param>
internal sealed record StepTables(int Floor, int Origin, int MeanOrigin, int MeanScale, short[] Offsets)
{
    /// <summary>Smallest brightness that counts: lower ones count as this.</summary>
    public const int MinBrightness = 1 << 8;

    /// <summary>Largest brightness that counts.</summary>
    public const int MaxBrightness = 1 << 24;
}
