namespace Codec.Imaging.Tests;

public sealed class PsnrTests
{
    [Fact]
    public void Decibels_OneLevelApart_Is48()
    {
        var psnr = new Psnr();
        psnr.Add([10, 20, 30], [11, 19, 31]);
        Assert.Equal(20 * Math.Log10(255), psnr.Decibels, 12);
    }

    [Fact]
    public void Decibels_TwoImages_PoolsTheirErrors()
    {
        var psnr = new Psnr();
        psnr.Add([0, 0], [255, 255]);
        psnr.Add([5, 5], [5, 5]);
        Assert.Equal(4, psnr.Samples);
        Assert.Equal(0.5, psnr.MeanSquaredError, 12);
        Assert.Equal(10 * Math.Log10(2), psnr.Decibels, 12);
    }

    [Fact]
    public void Decibels_EqualImages_IsInfinite()
    {
        var psnr = new Psnr();
        psnr.Add([1, 2], [1, 2]);
        Assert.Equal(double.PositiveInfinity, psnr.Decibels);
    }

    [Fact]
    public void Add_LengthsThatDiffer_Throws() => Assert.Throws<ArgumentException>(() => new Psnr().Add([1], [1, 2]));
}
