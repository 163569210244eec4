using System.Numerics;

namespace Codec.Entropy;

/// <summary>Sums of products of the values of one band's latents, over one or more blocks (docs/format.md, Colours).</summary>
internal struct ColourSums
{
    /// <summary>Added to the sums of squares, so that factors of a faint neighbourhood are small.</summary>
    private const long Floor = 1024;

    /// <summary>Sums are shifted to this many bits before factors are computed, so that all products fit 64 bits.</summary>
    private const int SumBits = 24;

    /// <summary>A block keeps its neighbours' sums divided by 2^this, for blocks further away.</summary>
    private const int MemoryBits = 3;

    private long _luminance;
    private long _first;
    private long _luminanceFirst;
    private long _luminanceSecond;
    private long _firstSecond;

    /// <summary>Adds the sums of a neighbour.</summary>
    public void Add(in ColourSums other)
    {
        _luminance += other._luminance;
        _first += other._first;
        _luminanceFirst += other._luminanceFirst;
        _luminanceSecond += other._luminanceSecond;
        _firstSecond += other._firstSecond;
    }

    /// <summary>Adds a latent of luminance.</summary>
    public void AddLuminance(long value) => _luminance += value * value;

    /// <summary>Adds a latent of the first colour.</summary>
    public void AddFirst(long luminance, long value)
    {
        _first += value * value;
        _luminanceFirst += luminance * value;
    }

    /// <summary>Adds a latent of the second colour.</summary>
    public void AddSecond(long luminance, long first, long value)
    {
        _luminanceSecond += luminance * value;
        _firstSecond += first * value;
    }

    /// <summary>What a block keeps of its neighbours' sums.</summary>
    public readonly ColourSums Remembered() =>
        new()
        {
            _luminance = _luminance >> MemoryBits,
            _first = _first >> MemoryBits,
            _luminanceFirst = _luminanceFirst >> MemoryBits,
            _luminanceSecond = _luminanceSecond >> MemoryBits,
            _firstSecond = _firstSecond >> MemoryBits,
        };

    /// <summary>Computes the factors that fit best.</summary>
    public readonly ColourFactors Fit()
    {
        if ((_luminanceFirst | _luminanceSecond | _firstSecond) == 0)
            return default;
        ColourSums sums = this;
        sums.Normalize();
        (long luminance, long first) = (sums._luminance, sums._first);
        long determinant = Math.Max(1, luminance * first - sums._luminanceFirst * sums._luminanceFirst);
        return new ColourFactors(
            ColourFactors.Quotient(sums._luminanceFirst, luminance),
            ColourFactors.Quotient(sums._luminanceSecond * first - sums._firstSecond * sums._luminanceFirst, determinant),
            ColourFactors.Quotient(sums._firstSecond * luminance - sums._luminanceSecond * sums._luminanceFirst, determinant)
        );
    }

    private void Normalize()
    {
        _luminance += Floor;
        _first += Floor;
        long largest = Math.Max(
            Math.Max(_luminance, _first),
            Math.Max(Math.Abs(_luminanceFirst), Math.Max(Math.Abs(_luminanceSecond), Math.Abs(_firstSecond)))
        );
        int shift = Math.Max(0, BitOperations.Log2((ulong)largest) + 1 - SumBits);
        _luminance = Math.Max(1, _luminance >> shift);
        _first = Math.Max(1, _first >> shift);
        _luminanceFirst >>= shift;
        _luminanceSecond >>= shift;
        _firstSecond >>= shift;
    }
}

/// <summary>The factors by which one band's colours are predicted, in 1024ths.</summary>
/// <param name="FirstFromLuminance">Of the first colour.</param>
/// <param name="SecondFromLuminance">Of the second, beside <paramref name="SecondFromFirst"/>.</param>
/// <param name="SecondFromFirst">Of the second, from the first.</param>
internal readonly record struct ColourFactors(long FirstFromLuminance, long SecondFromLuminance, long SecondFromFirst)
{
    /// <summary>What stands for a factor of 1.</summary>
    public const int Scale = 1 << FactorBits;

    private const int FactorBits = 10;
    private const int MaxFactor = 8 << FactorBits;

    /// <summary>The largest magnitude among them.</summary>
    public long Largest { get; } =
        Math.Max(Math.Abs(FirstFromLuminance), Math.Max(Math.Abs(SecondFromLuminance), Math.Abs(SecondFromFirst)));

    /// <summary>Divides sums to a factor.</summary>
    public static long Quotient(long numerator, long denominator) =>
        Math.Clamp((numerator << FactorBits) / denominator, -MaxFactor, MaxFactor);

    /// <summary>Predicts the first colour.</summary>
    public long First(long luminance) => Round(FirstFromLuminance * luminance);

    /// <summary>Predicts the second colour.</summary>
    public long Second(long luminance, long first) => Round(SecondFromLuminance * luminance + SecondFromFirst * first);

    private static long Round(long sum) => (sum + (1 << (FactorBits - 1))) >> FactorBits;
}
