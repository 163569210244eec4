using Codec.Images;
using Codec.Transforms;

namespace Codec.Tests.Images;

/// <summary>An axis is stretched where that saves bytes, and comes back as it was.</summary>
public sealed class AxisStretchTests
{
    [Theory]
    [InlineData(1, 16)]
    [InlineData(15, 16)]
    [InlineData(16, 16)]
    [InlineData(17, 32)]
    [InlineData(30, 32)]
    [InlineData(31, 31)] // 32 is not longer by a sixteenth
    [InlineData(85, 96)]
    [InlineData(128, 128)]
    [InlineData(150, 160)]
    [InlineData(151, 151)]
    [InlineData(161, 161)] // 176 is above the longest
    [InlineData(8192, 8192)]
    public void Apply_BlocksOf16_IsThatOfTheFormat(int length, int coded) => Assert.Equal(coded, AxisStretch.Apply(length, 16));

    [Fact]
    public void Matrix_EveryAxis_IsUndoneByTheOneBack()
    {
        var random = new Random(7);
        for (int length = 1; length <= AxisStretch.MaxLength; length++)
        {
            int coded = AxisStretch.Apply(length, 16);
            float[] axis = [.. Enumerable.Range(0, length).Select(_ => random.Next(256))];
            float[] restored = Multiply(AxisStretch.Matrix(coded, length), Multiply(AxisStretch.Matrix(length, coded), axis));
            Assert.All(axis.Zip(restored), pair => Assert.InRange(pair.First - pair.Second, -0.001f, 0.001f));
        }
    }

    [Fact]
    public void Matrix_FlatAxis_StaysFlat()
    {
        float[] white = [.. Enumerable.Repeat(255f, 85)];
        Assert.All(Multiply(AxisStretch.Matrix(85, 96), white), value => Assert.InRange(value, 254.999f, 255.001f));
    }

    private static float[] Multiply(ReadOnlySpan<float> matrix, float[] axis)
    {
        var result = new float[matrix.Length / axis.Length];
        MatrixProduct.Compute(
            new MatrixView(axis, axis.Length, 1),
            new MatrixView(matrix, result.Length, 1),
            1,
            axis.Length,
            result.Length,
            result,
            result.Length
        );
        return result;
    }
}
