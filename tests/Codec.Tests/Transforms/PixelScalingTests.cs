using Codec.Images;
using Codec.Transforms;

namespace Codec.Tests.Transforms;

public sealed class PixelScalingTests
{
    [Theory]
    [InlineData(1f / 255, 0)]
    [InlineData(1f / 255, -0.5f)]
    [InlineData(2f / 255, -1)]
    [InlineData(-1f, 255)]
    [InlineData(1e-20f, 3e-19f)]
    public void ToBytes_OfToFloats_IsTheSame(float scale, float offset)
    {
        var scaling = new PixelScaling(new ImageGeometry(16, 16, 1, scale, offset));
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)],
            back = new byte[256];
        var floats = new float[256];
        scaling.ToFloats(bytes, floats);
        scaling.ToBytes(floats, back);
        Assert.Equal(offset, floats[0]);
        Assert.Equal(bytes, back);
    }

    [Fact]
    public void ToBytes_BetweenAndBeyond_RoundsHalvesUpAndClamps()
    {
        var scaling = new PixelScaling(new ImageGeometry(1, 1, 1, 1, 0));
        float[] floats =
        [
            0.49f,
            0.5f,
            1.5f,
            2.5f,
            254.5f,
            255.4f,
            256,
            1e30f,
            -0.4f,
            -0.6f,
            -1e30f,
            float.NaN,
            float.PositiveInfinity,
            float.NegativeInfinity,
        ];
        var bytes = new byte[floats.Length];
        scaling.ToBytes(floats, bytes);
        Assert.Equal([0, 1, 2, 3, 255, 255, 255, 255, 0, 0, 0, 0, 255, 0], bytes);
    }

    [Fact]
    public void ToBytes_WrongLength_Throws() =>
        Assert.Throws<ArgumentException>(() => new PixelScaling(new ImageGeometry(1, 1, 1, 1, 0)).ToBytes(new float[3], new byte[2]));
}
