using System.Numerics;
using Codec.Entropy;

namespace Codec.Tests.Golden;

/// <summary>
/// Predicts the colours of one block exactly as docs/format.md, "Colours", describes: slowly, with unbounded integers. It shares only the
/// tables with the product.
/// </summary>
internal sealed class ReferenceColours
{
    private readonly ColourRule _rule;
    private readonly ushort[] _factors;
    private readonly BigInteger[] _distances;
    private readonly Sums[] _around;
    private readonly (BigInteger A, BigInteger B, BigInteger S)[] _bands;

    /// <summary>Computes the factors of a block from its four neighbours.</summary>
    /// <param name="rule">The prior's rule.</param>
    /// <param name="neighbours">[4][bands].</param>
    public ReferenceColours(GridRule rule, Sums[][] neighbours)
    {
        (_rule, _factors, _distances) = (rule.Colours!, rule.Steps!.Factors, new BigInteger[rule.Predicted]);
        _around = [.. Enumerable.Range(0, 3).Select(band => neighbours.Aggregate(Nothing, (sum, block) => Plus(sum, block[band])))];
        _bands = [.. _around.Select(Fit)];
    }

    /// <summary>The sums of a block of zeros.</summary>
    public static Sums Nothing { get; } = new(0, 0, 0, 0, 0);

    /// <summary>What the luminance, and the first colour, of the block add to the prediction of a mean.</summary>
    public BigInteger Shift(int i)
    {
        BigInteger luminance = IsColour(i) ? _distances[_rule.Luminance[i]] : 0,
            first = IsSecond(i) ? _distances[_rule.First[i]] : 0;
        return Clamp(Combine(i, luminance, first), 1 << 30) * Inverse(i) >> 16;
    }

    /// <summary>Remembers how far a mean is from its prediction, which is without the shift.</summary>
    public void Settle(int i, int symbol, int prediction)
    {
        BigInteger distance = Clamp(((BigInteger)symbol << 14) - prediction, 1 << 30);
        _distances[i] = IsColour(i) ? distance * Ratio(i) >> 8 : distance;
    }

    /// <summary>Predicts the latents of a decoded block from those before them.</summary>
    /// <param name="points">[coded]: sign(s) · min(2·|s| − Q, 2^15) · symbolScale, 0 for a zero.</param>
    /// <param name="within">Nothing is predicted of the latents from here on: they lie past the extent.</param>
    /// <returns>[coded]: what is predicted of each latent; and the block's sums, by band.</returns>
    public (BigInteger[] Predicted, Sums[] Sums) Predict(BigInteger[] points, int within)
    {
        var predicted = new BigInteger[points.Length];
        var value = new BigInteger[points.Length];
        Sums[] sums = [.. _around.Select(around => around.Eighth())];
        for (int i = _distances.Length; i < points.Length; i++)
        {
            BigInteger alone = IsColour(i) ? (points[i] * Ratio(i) + 128) >> 8 : points[i],
                y = IsColour(i) ? value[_rule.Luminance[i]] : 0,
                f = IsSecond(i) ? value[_rule.First[i]] : 0;
            predicted[i] = i < within ? Saturate(Combine(i, y, f)) : 0;
            if (BigInteger.Abs(predicted[i]) < 8)
                predicted[i] = 0;
            BigInteger v = value[i] = Saturate(Saturate(alone) + predicted[i]);
            Sums own =
                IsSecond(i) ? Nothing with { YS = y * v, FS = f * v }
                : IsColour(i) ? Nothing with { FF = v * v, YF = y * v }
                : Nothing with { YY = v * v };
            sums[Band(i)] = Plus(sums[Band(i)], own);
        }

        return (predicted, sums);
    }

    /// <summary>What a prediction adds to the symbol that is kept for later blocks.</summary>
    public BigInteger Kept(int i, BigInteger predicted) => predicted * Inverse(i) >> 17;

    private bool IsColour(int i) => _rule.Luminance[i] != 65535;

    private bool IsSecond(int i) => _rule.First[i] != 65535;

    private BigInteger Factor(int i) => IsColour(i) ? _factors[_rule.Luminance[i]] : _factors[i];

    private BigInteger Ratio(int i) => (256 * (BigInteger)_factors[i] + Factor(i) / 2) / Factor(i);

    private BigInteger Inverse(int i) => (65536 * Factor(i) + _factors[i] / 2) / _factors[i];

    private int Band(int i) => _rule.Bounds.Count(bound => Factor(i) >= bound);

    private BigInteger Combine(int i, BigInteger y, BigInteger c)
    {
        (BigInteger a, BigInteger b, BigInteger s) = _bands[Band(i)];
        return IsSecond(i) ? (b * y + s * c + 512) >> 10
            : IsColour(i) ? (a * y + 512) >> 10
            : 0;
    }

    private static (BigInteger A, BigInteger B, BigInteger S) Fit(Sums around)
    {
        (BigInteger yy, BigInteger ff, BigInteger yf, BigInteger ys, BigInteger fs) = around;
        yy += 1024;
        ff += 1024;
        BigInteger largest = new[] { yy, ff, BigInteger.Abs(yf), BigInteger.Abs(ys), BigInteger.Abs(fs) }.Max();
        int n = Math.Max(0, Digits(largest) - 24);
        (yy, ff, yf, ys, fs) = (BigInteger.Max(1, yy >> n), BigInteger.Max(1, ff >> n), yf >> n, ys >> n, fs >> n);
        BigInteger d = BigInteger.Max(1, yy * ff - yf * yf);
        return (Quotient(yf, yy), Quotient(ys * ff - fs * yf, d), Quotient(fs * yy - ys * yf, d));
    }

    private static Sums Plus(Sums a, Sums b) => new(a.YY + b.YY, a.FF + b.FF, a.YF + b.YF, a.YS + b.YS, a.FS + b.FS);

    // BigInteger's quotients truncate towards zero.
    private static BigInteger Quotient(BigInteger a, BigInteger b) => Clamp(1024 * a / b, 8192);

    private static BigInteger Saturate(BigInteger x) => Clamp(x, 1 << 22);

    private static BigInteger Clamp(BigInteger x, int bound) => BigInteger.Clamp(x, -bound, bound);

    private static int Digits(BigInteger x) => (int)x.GetBitLength();

    /// <summary>The sums of products of a block's values: luminance, first and second colour.</summary>
    internal sealed record Sums(BigInteger YY, BigInteger FF, BigInteger YF, BigInteger YS, BigInteger FS)
    {
        /// <summary>What a block keeps of its neighbours' sums.</summary>
        public Sums Eighth() => new(YY >> 3, FF >> 3, YF >> 3, YS >> 3, FS >> 3);
    }
}
