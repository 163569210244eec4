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
    private readonly BigInteger _a;
    private readonly BigInteger _b;
    private readonly BigInteger _s;
    private readonly BigInteger[] _distances;

    /// <summary>Computes the factors of a block from its four neighbours.</summary>
    public ReferenceColours(GridRule rule, Sums[] neighbours)
    {
        (_rule, _factors, _distances) = (rule.Colours!, rule.Steps!.Factors, new BigInteger[rule.Predicted]);
        BigInteger yy = 256 + Sum(n => n.YY),
            ff = 256 + Sum(n => n.FF),
            yf = Sum(n => n.YF),
            ys = Sum(n => n.YS),
            fs = Sum(n => n.FS);
        BigInteger largest = new[] { yy, ff, BigInteger.Abs(yf), BigInteger.Abs(ys), BigInteger.Abs(fs) }.Max();
        int n = Math.Max(0, Digits(largest) - 24);
        (yy, ff, yf, ys, fs) = (BigInteger.Max(1, yy >> n), BigInteger.Max(1, ff >> n), yf >> n, ys >> n, fs >> n);
        BigInteger d = BigInteger.Max(1, yy * ff - yf * yf);
        (_a, _b, _s) = (Quotient(yf, yy), Quotient(ys * ff - fs * yf, d), Quotient(fs * yy - ys * yf, d));

        BigInteger Sum(Func<Sums, BigInteger> of) => neighbours.Aggregate(BigInteger.Zero, (sum, block) => sum + of(block));
    }

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
    /// <returns>[coded]: what is predicted of each latent; and the block's sums.</returns>
    public (BigInteger[] Predicted, Sums Sums) Predict(BigInteger[] points)
    {
        var predicted = new BigInteger[points.Length];
        var value = new BigInteger[points.Length];
        var sums = new Sums(0, 0, 0, 0, 0);
        for (int i = _distances.Length; i < points.Length; i++)
        {
            BigInteger own = IsColour(i) ? (points[i] * Ratio(i) + 128) >> 8 : points[i],
                y = IsColour(i) ? value[_rule.Luminance[i]] : 0,
                f = IsSecond(i) ? value[_rule.First[i]] : 0;
            predicted[i] = Saturate(Combine(i, y, f));
            if (BigInteger.Abs(predicted[i]) < 4)
                predicted[i] = 0;
            BigInteger v = value[i] = Saturate(Saturate(own) + predicted[i]);
            sums =
                IsSecond(i) ? sums with { YS = sums.YS + y * v, FS = sums.FS + f * v }
                : IsColour(i) ? sums with { FF = sums.FF + v * v, YF = sums.YF + y * v }
                : sums with { YY = sums.YY + v * v };
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

    private BigInteger Combine(int i, BigInteger y, BigInteger c) =>
        IsSecond(i) ? (_b * y + _s * c + 512) >> 10
        : IsColour(i) ? (_a * y + 512) >> 10
        : 0;

    // BigInteger's quotients truncate towards zero.
    private static BigInteger Quotient(BigInteger a, BigInteger b) => Clamp(1024 * a / b, 8192);

    private static BigInteger Saturate(BigInteger x) => Clamp(x, 1 << 22);

    private static BigInteger Clamp(BigInteger x, int bound) => BigInteger.Clamp(x, -bound, bound);

    private static int Digits(BigInteger x) => (int)x.GetBitLength();

    /// <summary>The sums of products of a block's values: luminance, first and second colour.</summary>
    internal sealed record Sums(BigInteger YY, BigInteger FF, BigInteger YF, BigInteger YS, BigInteger FS);
}
