using Codec.Bench.Curves;
using Codec.Measurement;

namespace Bench.Tests.Curves;

public sealed class RateCurveTests
{
    // CompressAI's published curves of Kodak, bits per pixel and dB.
    private static readonly (double Bytes, double Decibels)[] Jpeg =
    [
        (.221, 23.78),
        (.327, 26.58),
        (.423, 28.04),
        (.588, 29.78),
        (.786, 31.31),
        (1.037, 32.79),
        (1.369, 34.39),
        (1.859, 36.33),
    ];

    private static readonly (double Bytes, double Decibels)[] Webp =
    [
        (.234, 28.33),
        (.296, 29.15),
        (.407, 30.41),
        (.513, 31.44),
        (.675, 32.88),
        (.874, 34.33),
        (1.216, 36.37),
        (1.520, 37.78),
    ];

    [Fact]
    public void DeltaRate_OfACurveAgainstItself_IsZero() => Assert.Equal(0, new RateCurve(Webp).DeltaRate(new RateCurve(Webp)), 12);

    [Theory]
    [InlineData(2, 100)]
    [InlineData(0.5, -50)]
    [InlineData(1.07, 7)]
    public void DeltaRate_EveryPointsBytesMultiplied_IsThatMuch(double factor, double percent) =>
        Assert.Equal(
            percent,
            new RateCurve(Webp.Select(point => (point.Bytes * factor, point.Decibels))).DeltaRate(new RateCurve(Webp)),
            10
        );

    [Fact]
    public void DeltaRate_PublishedCurves_IsWhatSciPyIntegrates() =>
        Assert.Equal(-37.74869286113678, new RateCurve(Webp).DeltaRate(new RateCurve(Jpeg)), 9);

    [Fact]
    public void DeltaRate_NothingInCommon_Throws() =>
        Assert.Throws<ArgumentException>(() => new RateCurve(Webp).DeltaRate(new RateCurve([(1, 40), (2, 45), (3, 47)])));

    [Fact]
    public void BytesAt_BetweenPointsInAnyOrder_LiesBetweenTheirBytes()
    {
        var curve = new RateCurve(Webp.Reverse());
        Assert.Equal(.407, curve.BytesAt(30.41), 12);
        Assert.InRange(curve.BytesAt(31), .407, .513);
        Assert.True(curve.Covers(28.33));
        Assert.False(curve.Covers(28.3));
        Assert.False(curve.Covers(37.8));
    }

    [Theory]
    [InlineData(28.3)]
    [InlineData(37.8)]
    [InlineData(double.NaN)]
    public void BytesAt_OutsideTheCurve_Throws(double decibels) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RateCurve(Webp).BytesAt(decibels));

    [Fact]
    public void Constructor_PointsThatAreNoCurve_Throws()
    {
        Assert.Throws<ArgumentException>(() => new RateCurve(Webp.Take(2)));
        Assert.Throws<ArgumentException>(() => new RateCurve([(1, 30), (2, 30), (3, 31)]));
    }
}
