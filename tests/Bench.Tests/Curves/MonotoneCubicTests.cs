using Codec.Bench.Curves;

namespace Bench.Tests.Curves;

/// <summary>The expected values are SciPy 1.10's: <c>scipy.interpolate.PchipInterpolator</c>.</summary>
public sealed class MonotoneCubicTests
{
    private static readonly MonotoneCubic Curve = new([0, 1, 2.5, 3, 5], [1, 3, 2, 2.5, 8]);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.3, 1.8828)]
    [InlineData(1, 3)]
    [InlineData(1.7, 2.5499259259259257)]
    [InlineData(2.75, 2.166158536585366)]
    [InlineData(4.2, 5.126360975609756)]
    [InlineData(5, 8)]
    public void At_APlace_IsSciPys(double x, double expected) => Assert.Equal(expected, Curve.At(x), 12);

    [Fact]
    public void Integral_AcrossPieces_IsSciPys() => Assert.Equal(12.51964181656504, Curve.Integral(0.4, 4.5), 12);

    [Theory]
    [InlineData(new double[] { 1, 2, 4 }, new double[] { 5, 6, 6 }, 1.5, 5.666666666666667)]
    [InlineData(new double[] { 0, 1, 1.2 }, new double[] { 0, 1, -20 }, 0.25, 0.578125)]
    [InlineData(new double[] { 0, 1, 1.2 }, new double[] { 0, 1, -20 }, 1.1, -6.433333333333348)]
    [InlineData(new double[] { 1, 3 }, new double[] { 4, 8 }, 1.5, 5)]
    public void At_BesideAnEnd_IsSciPys(double[] x, double[] y, double at, double expected) =>
        Assert.Equal(expected, new MonotoneCubic(x, y).At(at), 12);

    [Theory]
    [InlineData(-0.001)]
    [InlineData(5.001)]
    [InlineData(double.NaN)]
    public void At_OutsideTheCurve_Throws(double x) => Assert.Throws<ArgumentOutOfRangeException>(() => Curve.At(x));

    [Theory]
    [InlineData(new double[] { 1 }, new double[] { 1 })]
    [InlineData(new double[] { 1, 2 }, new double[] { 1 })]
    [InlineData(new double[] { 1, 1 }, new double[] { 1, 2 })]
    [InlineData(new double[] { 2, 1 }, new double[] { 1, 2 })]
    public void Constructor_PointsThatAreNoCurve_Throws(double[] x, double[] y) =>
        Assert.Throws<ArgumentException>(() => new MonotoneCubic(x, y));
}
